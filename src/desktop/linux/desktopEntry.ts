import type { DesktopApp } from "../desktop.ts";

export interface DesktopEntry extends Pick<DesktopApp, "id" | "name" | "interface" | "desktop" | "uninstall"> {
  /** Path of the file to start. */
  readonly executable: string;
  /** Whether an icon of this id was put into the icon folders. */
  readonly hasIcon: boolean;
}

/** The text of a `.desktop` file (freedesktop.org Desktop Entry Specification). */
export function formatDesktopEntry(entry: DesktopEntry): string {
  const { id, name, desktop, executable } = entry;
  const types = mimeTypesOf(entry);
  // Programs that open addresses get them as they are, others get paths.
  const opened = desktop.urlSchemes.length > 0 ? " %U" : types.length > 0 ? " %F" : "";
  const lines = [
    "[Desktop Entry]",
    "Type=Application",
    "Version=1.1",
    `Name=${escapeString(name)}`,
    `Exec=${formatExec(executable)}${opened}`,
    `TryExec=${escapeString(executable)}`,
    ...(entry.hasIcon ? [`Icon=${id}`] : []),
    `Terminal=${entry.interface === "console"}`,
    ...(types.length > 0 ? [`MimeType=${types.join(";")};`] : []),
    "Actions=uninstall;",
    "",
    "[Desktop Action uninstall]",
    `Name=${escapeString(entry.uninstall)}`,
    `Exec=${formatExec(executable)} --launcher uninstall`,
  ];
  return `${lines.join("\n")}\n`;
}

/** The media types of declared files, with one of our own for a file that was declared without; and of addresses. */
export function mimeTypesOf({ id, desktop }: Pick<DesktopEntry, "id" | "desktop">): string[] {
  const files = desktop.fileTypes.map(({ extension, mimeType }) => mimeType ?? ownMimeType(id, extension));
  return [...files, ...desktop.urlSchemes.map((scheme) => `x-scheme-handler/${scheme}`)];
}

/** Tells file managers which names are of these types (freedesktop.org Shared MIME-info Database). */
export function formatMimePackage({ id, desktop }: Pick<DesktopEntry, "id" | "desktop">): string {
  const types = desktop.fileTypes.map(({ extension, mimeType, description }) => {
    const comment = escapeXml(description ?? `${extension.toUpperCase()} file`);
    const type = mimeType ?? ownMimeType(id, extension);
    return `  <mime-type type="${type}">\n    <comment>${comment}</comment>\n    <glob pattern="*.${extension}"/>\n  </mime-type>`;
  });
  const namespace = "http://www.freedesktop.org/standards/shared-mime-info";
  return `<?xml version="1.0" encoding="UTF-8"?>\n<mime-info xmlns="${namespace}">\n${types.join("\n")}\n</mime-info>\n`;
}

function ownMimeType(id: string, extension: string): string {
  return `application/x-${id.toLowerCase()}-${extension}`;
}

/** An argument in quotes, and then a string of the file: a backslash is escaped by both rules. */
function formatExec(path: string): string {
  return escapeString(`"${path.replace(/["`$\\]/g, String.raw`\$&`).replaceAll("%", "%%")}"`);
}

function escapeString(text: string): string {
  return text
    .replaceAll("\\", String.raw`\\`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\r", String.raw`\r`);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
