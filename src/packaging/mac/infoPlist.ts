import { build } from "plist";
import { parse } from "semver";
import { AppError } from "../../errors.ts";

export interface InfoPlistOptions {
  /** A reverse domain name, such as com.example.app. */
  readonly id: string;
  readonly name: string;
  /** SemVer. */
  readonly version: string;
  /** File name of the program in Contents/MacOS. */
  readonly executable: string;
  /** File name of an icns in Contents/Resources. */
  readonly icon?: string | undefined;
  readonly publisher?: string | undefined;
  /** Whether it has no place in the Dock. */
  readonly background?: boolean | undefined;
  readonly fileTypes: readonly FileType[];
  readonly urlSchemes: readonly string[];
}

export interface FileType {
  /** Without the dot. */
  readonly extension: string;
  readonly description?: string | undefined;
  readonly mimeType?: string | undefined;
}

// What the launcher speaks.
const LANGUAGES = ["en", "de", "fr", "es", "ja", "zh"];
// As in the load command of the Node that is in it.
const MINIMUM_SYSTEM = "11.0";

/**
 * The Info.plist of an app, as XML.
 *
 * @throws AppError `config` for a version that is not SemVer.
 */
export function composeInfoPlist(options: InfoPlistOptions): string {
  const { id, executable, icon, publisher, fileTypes, urlSchemes } = options;
  const name = printable(options.name);
  const version = threeIntegers(options.version);
  return build({
    CFBundleDevelopmentRegion: "en",
    CFBundleDisplayName: name,
    ...(fileTypes.length === 0 ? {} : { CFBundleDocumentTypes: fileTypes.map(documentType) }),
    CFBundleExecutable: executable,
    ...(icon === undefined ? {} : { CFBundleIconFile: icon }),
    CFBundleIdentifier: id,
    CFBundleInfoDictionaryVersion: "6.0",
    CFBundleLocalizations: LANGUAGES,
    CFBundleName: name,
    CFBundlePackageType: "APPL",
    CFBundleShortVersionString: version,
    ...(urlSchemes.length === 0 ? {} : { CFBundleURLTypes: [urlType(id, urlSchemes)] }),
    CFBundleVersion: version,
    LSMinimumSystemVersion: MINIMUM_SYSTEM,
    ...(options.background === true ? { LSUIElement: true } : {}),
    NSHighResolutionCapable: true,
    ...(publisher === undefined ? {} : { NSHumanReadableCopyright: `© ${printable(publisher)}` }),
  });
}

/** All that a bundle's version may be: no pre-release, no build. */
function threeIntegers(version: string): string {
  const parsed = parse(version);
  if (parsed !== null) return `${parsed.major}.${parsed.minor}.${parsed.patch}`;
  throw new AppError("config", `${version} is no version`, { hint: "Expected one such as 1.0.0." });
}

function documentType({ extension, description, mimeType }: FileType) {
  return {
    CFBundleTypeExtensions: [extension],
    ...(mimeType === undefined ? {} : { CFBundleTypeMIMETypes: [mimeType] }),
    CFBundleTypeName: printable(description ?? extension),
    CFBundleTypeRole: "Editor",
    LSHandlerRank: "Default",
  };
}

function urlType(id: string, urlSchemes: readonly string[]) {
  return { CFBundleTypeRole: "Viewer", CFBundleURLName: id, CFBundleURLSchemes: [...urlSchemes] };
}

/** XML 1.0 has no way to write most control characters, nor half of a surrogate pair. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, " ");
}
