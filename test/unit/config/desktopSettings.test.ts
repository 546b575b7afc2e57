import { describe, expect, test } from "vitest";
import { bundleNameOf, bundleOf } from "../../../src/config/bundle.ts";
import { parseInstaller } from "../../../src/config/installer.ts";

const parse = (more: object) =>
  parseInstaller(
    Buffer.from(JSON.stringify({ id: "com.example.app", name: "App", repository: "registry.example/app", ...more })),
    "installer.json",
  );

describe("what a publisher says of the desktop", () => {
  test("is taken with or without the dot of an extension", () => {
    const { desktop } = parse({ desktop: { fileTypes: [{ extension: ".SLIP" }, { extension: "b" }] } });
    expect(desktop.fileTypes.map(({ extension }) => extension)).toEqual(["slip", "b"]);
  });

  test.each([
    [{ desktop: { fileTypes: [{ extension: "../x" }] } }, "desktop.fileTypes[0].extension: expected a file extension"],
    [
      { desktop: { fileTypes: [{ extension: "x", mimeType: "slip" }] } },
      "desktop.fileTypes[0].mimeType: expected a media type",
    ],
    [{ desktop: { urlSchemes: ["Slip:"] } }, "desktop.urlSchemes[0]: expected a URL scheme"],
    [{ desktop: { command: "a b" } }, "desktop.command: expected a command's name"],
    [{ desktop: { colour: "red" } }, "desktop.colour: there is no such setting"],
    [{ launcherVersion: "1.0" }, "launcherVersion: expected a version"],
    [{ sign: { windows: "sign-it" } }, "sign.windows: expected a command with {file} in it"],
    [{ sign: { linux: "x {file}" } }, "sign.linux: there is no such setting"],
  ])("is refused where it is wrong: %j", (more, message) => {
    expect(() => parse(more)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
  });
});

describe("a Mac's bundle", () => {
  test.each([
    ["/Applications/A b.app/Contents/MacOS/a", "/Applications/A b.app"],
    ["/x/A.app/Contents/Resources/a", undefined],
    ["/x/a", undefined],
  ])("around %s is %s", (executable, expected) => expect(bundleOf(executable)).toBe(expected));

  test.each([
    ["Example App", "Example App.app"],
    ["a/b:c", "a-b-c.app"],
    ["...", "program.app"],
    ["日本", "日本.app"],
  ])("of %j is called %s", (name, expected) => expect(bundleNameOf(name)).toBe(expected));
});
