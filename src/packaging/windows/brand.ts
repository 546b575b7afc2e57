import { parse } from "semver";
import { composeIco } from "../icon/ico.ts";
import type { RgbaImage } from "../icon/image.ts";
import { Data, NtExecutable, NtExecutableResource, Resource } from "./resedit.js";

export interface Branding {
  readonly name: string;
  readonly publisher?: string;
  /** SemVer. */
  readonly version: string;
  readonly fileName: string;
  /** Whether Windows gives the program a console. */
  readonly interface: "console" | "window";
  readonly icon?: RgbaImage;
}

const LANGUAGE = 1033;
const UNICODE = 1200;
// Resource types: RT_ICON, RT_GROUP_ICON, RT_VERSION.
const [ICON, ICON_GROUP, VERSION] = [3, 14, 16];
// What VS_FIXEDFILEINFO says of a program.
const WINDOWS_NT = 0x40004;
const APPLICATION = 1;
const MAX_NUMBER = 0xffff;
// PE Format, "Windows Subsystem".
const SUBSYSTEM = { window: 2, console: 3 } as const;

/**
 * Gives an executable an icon, what its *Properties* tell, and a console or none; without an icon it gets the system's
 * own for programs, and not that of what it is made of. What else is in its resources stays, the launcher's own program
 * among it; a signature that no longer fits is left out.
 */
export function brandWindows(executable: Buffer, branding: Branding): Buffer {
  const exe = NtExecutable.from(executable, { ignoreCert: true });
  const resources = NtExecutableResource.from(exe);
  if (branding.icon === undefined) removeTypes(resources, [ICON, ICON_GROUP]);
  else replaceIcon(resources, branding.icon);
  replaceVersion(resources, branding);
  resources.outputResource(exe);
  exe.newHeader.optionalHeader.subsystem = SUBSYSTEM[branding.interface];
  // What follows the sections is the signature of the base.
  exe.setExtraData(null);
  return Buffer.from(exe.generate());
}

function replaceIcon({ entries }: NtExecutableResource, icon: RgbaImage): void {
  const { icons } = Data.IconFile.from(composeIco(icon));
  // Explorer shows the first group: the base's own, whatever its number is.
  const [first] = Resource.IconGroupEntry.fromEntries(entries);
  Resource.IconGroupEntry.replaceIconsForResource(
    entries,
    first?.id ?? 1,
    first?.lang ?? LANGUAGE,
    icons.map(({ data }) => data),
  );
}

function removeTypes({ entries }: Pick<NtExecutableResource, "entries">, types: readonly (string | number)[]): void {
  const others = entries.filter(({ type }) => !types.includes(type));
  entries.splice(0, entries.length, ...others);
}

function replaceVersion({ entries }: NtExecutableResource, branding: Branding): void {
  const { name, publisher, version, fileName } = branding;
  const [first, second, third] = numbersOf(version);
  // The base's own says that it is Node.
  removeTypes({ entries }, [VERSION]);
  const info = Resource.VersionInfo.createEmpty();
  info.lang = LANGUAGE;
  Object.assign(info.fixedInfo, { fileOS: WINDOWS_NT, fileType: APPLICATION });
  info.setFileVersion(first, second, third, 0, LANGUAGE);
  info.setProductVersion(first, second, third, 0, LANGUAGE);
  info.setStringValues(
    { lang: LANGUAGE, codepage: UNICODE },
    {
      FileDescription: name,
      ProductName: name,
      FileVersion: version,
      ProductVersion: version,
      OriginalFilename: fileName,
      InternalName: name,
      ...(publisher === undefined ? {} : { CompanyName: publisher, LegalCopyright: publisher }),
    },
  );
  info.outputToResourceEntries(entries);
}

/** Windows' own version has four numbers of 16 bits; what does not fit is cut to the largest that does. */
export function numbersOf(version: string): readonly [number, number, number] {
  const { major = 0, minor = 0, patch = 0 } = parse(version) ?? {};
  const cut = (value: number): number => Math.min(value, MAX_NUMBER);
  return [cut(major), cut(minor), cut(patch)];
}
