import type { DesktopApp, Integrated } from "../desktop.ts";
import type { RegistryChange, RegistryValue } from "./registryFile.ts";

const CLASSES = String.raw`HKEY_CURRENT_USER\Software\Classes`;
const UNINSTALL = String.raw`HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Uninstall`;

interface Entry {
  /** Path of the launcher. */
  readonly launcher: string;
  /** Folder of the program's files. */
  readonly location: string;
  /** Bytes on the disk. */
  readonly size: number;
  /** Today in the person's time zone. */
  readonly date: Date;
}

/** The program in *Installed apps*. */
export function uninstallEntry(app: DesktopApp, { launcher, location, size, date }: Entry): RegistryChange {
  const remove = `"${launcher}" --launcher uninstall`;
  return {
    key: uninstallKey(app),
    values: {
      DisplayName: text(app.name),
      DisplayVersion: text(app.version),
      ...(app.publisher === undefined ? {} : { Publisher: text(app.publisher) }),
      DisplayIcon: text(`"${launcher}",0`),
      InstallLocation: text(location),
      InstallDate: text(formatDate(date)),
      // In KiB.
      EstimatedSize: number(Math.ceil(size / 1024)),
      UninstallString: text(remove),
      QuietUninstallString: text(`${remove} --yes`),
      NoModify: number(1),
      NoRepair: number(1),
    },
  };
}

/** Files and addresses that the program opens. A type that has a program keeps it, and offers this one. */
export function associations({ id, name, desktop }: DesktopApp, launcher: string): RegistryChange[] {
  const open = (key: string, label: string): RegistryChange[] => [
    { key, values: { "": text(label) } },
    { key: `${key}\\DefaultIcon`, values: { "": text(`"${launcher}",0`) } },
    { key: `${key}\\shell\\open\\command`, values: { "": text(`"${launcher}" "%1"`) } },
  ];
  const files = desktop.fileTypes.flatMap(({ extension, description, mimeType }) => {
    const type = fileType(id, extension);
    return [
      ...open(`${CLASSES}\\${type}`, description ?? `${name} ${extension.toUpperCase()}`),
      { key: `${CLASSES}\\.${extension}\\OpenWithProgids`, values: { [type]: text("") } },
      ...(mimeType === undefined
        ? []
        : [{ key: `${CLASSES}\\.${extension}`, values: { "Content Type": text(mimeType) } }]),
    ];
  });
  const addresses = desktop.urlSchemes.flatMap((scheme) => [
    ...open(`${CLASSES}\\${scheme}`, `URL:${name}`),
    { key: `${CLASSES}\\${scheme}`, values: { "URL Protocol": text("") } },
  ]);
  return [...files, ...addresses];
}

/** Everything that the two functions above have made, for addresses that still lead here. */
export function removals({ id, desktop }: Integrated): RegistryChange[] {
  return [
    { key: uninstallKey({ id }), delete: true },
    ...desktop.fileTypes.flatMap(({ extension }): RegistryChange[] => [
      { key: `${CLASSES}\\${fileType(id, extension)}`, delete: true },
      { key: `${CLASSES}\\.${extension}\\OpenWithProgids`, values: { [fileType(id, extension)]: undefined } },
    ]),
    ...desktop.urlSchemes.map((scheme): RegistryChange => ({ key: `${CLASSES}\\${scheme}`, delete: true })),
  ];
}

/** The key whose default value is the command line that opens an address. */
export function addressCommandKey(scheme: string): string {
  return `${CLASSES}\\${scheme}\\shell\\open\\command`;
}

export function uninstallKey({ id }: Pick<Integrated, "id">): string {
  return `${UNINSTALL}\\${id}`;
}

function fileType(id: string, extension: string): string {
  return `${id}.${extension}`;
}

function text(value: string): RegistryValue {
  return { kind: "string", text: value };
}

function number(value: number): RegistryValue {
  return { kind: "number", value };
}

/** `20261123`, as *Installed apps* wants it. */
function formatDate(date: Date): string {
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("");
}
