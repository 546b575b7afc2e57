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
  // A value of many bytes goes on in the next line.
  for (const line of decode(bytes)
    .replace(/\\\r?\n\s*/g, "")
    .split(/\r?\n/)) {
    const [, key] = /^\[(.+)\]$/.exec(line) ?? [];
    if (key !== undefined) keys.set(key, (values = new Map()));
    const [, quoted, value] = /^(@|"(?:[^"\\]|\\.)*")=(.*)$/.exec(line) ?? [];
    if (quoted === undefined || value === undefined) continue;
    const parsed = parseValue(value);
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

function parseValue(text: string): RegistryValue | undefined {
  if (/^"(?:[^"\\]|\\.)*"$/.test(text)) return { kind: "string", text: unquote(text) };
  const [, number] = /^dword:([0-9a-f]{8})$/i.exec(text) ?? [];
  if (number !== undefined) return { kind: "number", value: Number.parseInt(number, 16) };
  const [, type, bytes] = /^hex\(([12])\):([0-9a-f,\s]*)$/i.exec(text) ?? [];
  if (type === undefined || bytes === undefined) return undefined;
  const decoded = Buffer.from(bytes.replace(/[,\s]/g, ""), "hex").toString("utf16le");
  return { kind: type === "1" ? "string" : "expand", text: decoded.replace(/\0+$/, "") };
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, "$1");
}
