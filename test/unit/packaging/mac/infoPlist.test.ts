import { parse } from "plist";
import { describe, expect, test } from "vitest";
import { composeInfoPlist, type InfoPlistOptions } from "../../../../src/packaging/mac/infoPlist.ts";
import { hasProgram } from "../../../support/peer.ts";
import { readWithPython } from "../../../support/propertyList.ts";

const MINIMAL: InfoPlistOptions = {
  id: "com.example.app",
  name: "Example App",
  version: "1.2.3",
  executable: "Example-App",
  fileTypes: [],
  urlSchemes: [],
};

const FULL: InfoPlistOptions = {
  ...MINIMAL,
  name: 'Übung <&> "日本" 🚢',
  icon: "icon.icns",
  publisher: "Example & Söhne",
  background: true,
  fileTypes: [
    { extension: "example", description: "Example file", mimeType: "application/x-example" },
    { extension: "other" },
  ],
  urlSchemes: ["example", "example+other"],
};

const EXPECTED = {
  CFBundleDevelopmentRegion: "en",
  CFBundleDisplayName: "Example App",
  CFBundleExecutable: "Example-App",
  CFBundleIdentifier: "com.example.app",
  CFBundleInfoDictionaryVersion: "6.0",
  CFBundleLocalizations: ["en", "de", "fr", "es", "ja", "zh"],
  CFBundleName: "Example App",
  CFBundlePackageType: "APPL",
  CFBundleShortVersionString: "1.2.3",
  CFBundleVersion: "1.2.3",
  LSMinimumSystemVersion: "11.0",
  NSHighResolutionCapable: true,
};

const EXPECTED_FULL = {
  ...EXPECTED,
  CFBundleDisplayName: FULL.name,
  CFBundleName: FULL.name,
  CFBundleIconFile: "icon.icns",
  LSUIElement: true,
  NSHumanReadableCopyright: "© Example & Söhne",
  CFBundleDocumentTypes: [
    {
      CFBundleTypeExtensions: ["example"],
      CFBundleTypeMIMETypes: ["application/x-example"],
      CFBundleTypeName: "Example file",
      CFBundleTypeRole: "Editor",
      LSHandlerRank: "Default",
    },
    {
      CFBundleTypeExtensions: ["other"],
      CFBundleTypeName: "other",
      CFBundleTypeRole: "Editor",
      LSHandlerRank: "Default",
    },
  ],
  CFBundleURLTypes: [
    {
      CFBundleTypeRole: "Viewer",
      CFBundleURLName: "com.example.app",
      CFBundleURLSchemes: ["example", "example+other"],
    },
  ],
};

describe("an Info.plist", () => {
  test("says what every app says, and nothing that nobody asked for", () => {
    expect(parse(composeInfoPlist(MINIMAL))).toEqual(EXPECTED);
  });

  test("names icon, publisher, file types and URL schemes, in whatever letters", () => {
    expect(parse(composeInfoPlist(FULL))).toEqual(EXPECTED_FULL);
  });

  test.skipIf(!hasProgram("python3"))("is read by others as it was meant", () => {
    expect(readWithPython(composeInfoPlist(FULL))).toEqual(EXPECTED_FULL);
  });

  test("leaves out of a name what XML cannot hold", () => {
    const plist = parse(composeInfoPlist({ ...MINIMAL, name: "a\u0001b\ud800c" }));
    expect(plist).toMatchObject({ CFBundleName: "a b c" });
  });

  test.each([
    ["1.2.3-beta.1", "1.2.3"],
    ["1.2.3+build.5", "1.2.3"],
    ["10.20.30-rc.1+5", "10.20.30"],
  ])("has of version %s the three numbers %s", (version, expected) => {
    expect(parse(composeInfoPlist({ ...MINIMAL, version }))).toMatchObject({
      CFBundleShortVersionString: expected,
      CFBundleVersion: expected,
    });
  });

  test("is refused for a version that is none", () => {
    expect(() => composeInfoPlist({ ...MINIMAL, version: "latest" })).toThrow(
      expect.objectContaining({ code: "config", message: "latest is no version" }),
    );
  });
});
