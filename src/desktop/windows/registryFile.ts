export type RegistryValue =
  /** `REG_SZ`, or `REG_EXPAND_SZ`, in which `%NAME%` stands for a variable. */
  | { readonly kind: "string" | "expand"; readonly text: string }
  /** `REG_DWORD`. */
  | { readonly kind: "number"; readonly value: number };

export interface RegistryChange {
  /** With the root's long name: `HKEY_CURRENT_USER\Software\...` */
  readonly key: string;
  /** By name; the name of the default value is empty. Undefined deletes one. */
  readonly values?: Readonly<Record<string, RegistryValue | undefined>>;
  /** Takes the key away with everything below it. */
  readonly delete?: true;
}

type TextEncoding = "latin1" | "utf16le";

// A key, or a name and its value. A string may go over lines; bytes go on in the next line after a "\".
const PARTS = /^(?:\[(.+)\]|(@|"(?:[^"\\]|\\.)*")=("(?:[^"\\]|\\.)*"|(?:.*\\\r?\n)*.*))\r?$/gm;
const BREAKS: Readonly<Record<string, string>> = { r: "\r", n: "\n" };
const HEADER = "Windows Registry Editor Version 5.00";

/** A file for `reg import`: UTF-16 with a byte-order mark. Changes happen in their order. */
export function formatRegistryFile(changes: readonly RegistryChange[]): Buffer {
  const blocks = changes.map(({ key, values = {}, delete: gone }) =>
    gone === true
      ? `[-${key}]`
      : [
          `[${key}]`,
          ...Object.entries(values).map(([name, value]) => `${formatName(name)}=${formatValue(value)}`),
        ].join("\r\n"),
  );
  return Buffer.from(`\uFEFF${HEADER}\r\n\r\n${blocks.join("\r\n\r\n")}\r\n\r\n`, "utf16le");
}

/** Reads what `reg export` writes. Values of other kinds are passed over. */
export function parseRegistryFile(bytes: Buffer): Map<string, Map<string, RegistryValue>> {
  const keys = new Map<string, Map<string, RegistryValue>>();
  let values = new Map<string, RegistryValue>();
  const text = decode(bytes);
  // The kind of file that Windows 98 had, and that some programs still write.
  const encoding = text.startsWith("REGEDIT4") ? "latin1" : "utf16le";
  for (const [, key, quoted, value] of text.matchAll(PARTS)) {
    if (key !== undefined) keys.set(key, (values = new Map()));
    if (quoted === undefined || value === undefined) continue;
    const parsed = parseValue(value, encoding);
    if (parsed !== undefined) values.set(quoted === "@" ? "" : unquote(quoted), parsed);
  }
  return keys;
}

function decode(bytes: Buffer): string {
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.subarray(2).toString("utf16le") : bytes.toString("latin1");
}

function formatName(name: string): string {
  return name === "" ? "@" : quote(name);
}

function formatValue(value: RegistryValue | undefined): string {
  switch (value?.kind) {
    case undefined:
      return "-";
    case "number":
      return `dword:${value.value.toString(16).padStart(8, "0")}`;
    case "expand":
      return formatHex(2, value.text);
    case "string":
      // A line break would end the value, and what follows would be read as another.
      return /[\r\n]/.test(value.text) ? formatHex(1, value.text) : quote(value.text);
  }
}

function formatHex(type: 1 | 2, text: string): string {
  const bytes = [...Buffer.from(`${text}\0`, "utf16le")].map((byte) => byte.toString(16).padStart(2, "0"));
  return `hex(${type}):${bytes.join(",")}`;
}

function parseValue(text: string, encoding: TextEncoding): RegistryValue | undefined {
  if (/^"(?:[^"\\]|\\.)*"$/.test(text)) return { kind: "string", text: unquote(text) };
  const [, number] = /^dword:([0-9a-f]{8})$/i.exec(text) ?? [];
  if (number !== undefined) return { kind: "number", value: Number.parseInt(number, 16) };
  const [, type, bytes] = /^hex\(([12])\):([0-9a-f,\s\\]*)$/i.exec(text) ?? [];
  if (type === undefined || bytes === undefined) return undefined;
  const decoded = Buffer.from(bytes.replace(/[,\s\\]/g, ""), "hex").toString(encoding);
  return { kind: type === "1" ? "string" : "expand", text: decoded.replace(/\0+$/, "") };
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}

function unquote(text: string): string {
  // Wine writes line breaks as letters. Windows writes them as they are, and no "\" that is not double.
  return text.slice(1, -1).replace(/\\(.)/g, (_, escaped: string) => BREAKS[escaped] ?? escaped);
}
