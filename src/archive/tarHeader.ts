import { AppError } from "../errors.ts";

/** The unit of a tar (POSIX.1-2017 pax, "ustar Interchange Format"). */
export const BLOCK = 512;
/** What ends a tar. */
export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK);

// What the octal field of a header cannot hold.
const OCTAL_LIMIT = 8 ** 11;
const NAME_BYTES = 100;

export interface TarHeader {
  readonly name: string;
  /** What a link leads to. */
  readonly link: string;
  readonly size: number;
  /** The format's one character: "0" is a file. */
  readonly type: string;
}

/** @throws AppError `bad-data` unless the checksum is right. */
export function parseTarHeader(block: Buffer, position: number): TarHeader {
  let sum = 0;
  for (const [index, byte] of block.entries()) sum += index >= 148 && index < 156 ? 0x20 : byte;
  if (sum !== parseNumber(block.subarray(148, 156))) throw damagedTar(`there is no header at byte ${position}`);
  const name = cString(block.subarray(0, 100));
  // Only in the POSIX format; GNU's has other things there.
  const prefix = block.subarray(257, 263).toString("latin1") === "ustar\0" ? cString(block.subarray(345, 500)) : "";
  const size = parseNumber(block.subarray(124, 136));
  if (!Number.isSafeInteger(size)) throw damagedTar(`the size in the header at byte ${position} makes no sense`);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    link: cString(block.subarray(157, 257)),
    size,
    type: String.fromCharCode(block[156] ?? 0),
  };
}

/** What an extended header says of the entry after it: `LENGTH KEY=VALUE\n`, as often as there are keys. */
export function parsePax(record: Buffer): { name?: string; link?: string; size?: number } {
  const found: { name?: string; link?: string; size?: number } = {};
  for (let start = 0; start < record.length;) {
    const space = record.indexOf(" ", start);
    const length = space === -1 ? Number.NaN : Number(record.subarray(start, space).toString("latin1"));
    const equals = record.indexOf("=", space);
    if (!Number.isInteger(length) || start + length > record.length || equals === -1 || equals >= start + length)
      throw damagedTar("an extended header in it makes no sense");
    const key = record.subarray(space + 1, equals).toString("utf8");
    const value = record.subarray(equals + 1, start + length - 1).toString("utf8");
    if (key === "path") found.name = value;
    else if (key === "linkpath") found.link = value;
    else if (key === "size") {
      if (!/^\d{1,15}$/.test(value)) throw damagedTar("an extended header in it has a size that makes no sense");
      found.size = Number(value);
    } else if (key.startsWith("GNU.sparse.")) throw damagedTar("it holds a sparse file");
    start += length;
  }
  return found;
}

/** Headers for a plain file: no time, no owner, so that the same content gives the same archive. */
export function formatTarHeaders(name: string, size: number): Buffer {
  const file = { name, size, type: "0" };
  if (Buffer.byteLength(name) <= NAME_BYTES) return formatHeader(file);
  const record = Buffer.from(formatPaxRecord("path", name));
  const extended = Buffer.concat([formatHeader({ name: "pax", size: record.length, type: "x" }), record]);
  return Buffer.concat([extended, padding(record.length), formatHeader({ ...file, name: name.slice(-NAME_BYTES) })]);
}

/** What fills the last block of an entry. */
export function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

export function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end === -1 ? bytes.length : end).toString("utf8");
}

export function damagedTar(reason: string): AppError {
  return new AppError("bad-data", `not a usable tar: ${reason}`, { hint: "Copy or download the archive again." });
}

function formatHeader({ name, size, type }: Omit<TarHeader, "link">): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, NAME_BYTES, "utf8");
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  if (size < OCTAL_LIMIT) header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  else {
    // GNU's binary form, which all readers know.
    header.writeUInt8(0x80, 124);
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar\u000000", 257, "latin1");
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** Octal digits, or with the first bit set big-endian binary (GNU, star). NaN for anything else. */
function parseNumber(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) !== 0) {
    let value = 0;
    for (const [index, byte] of field.entries()) value = value * 256 + (index === 0 ? byte & 0x7f : byte);
    return value;
  }
  const text = field.toString("latin1").replace(/[\0 ]+/g, "");
  return /^[0-7]*$/.test(text) ? Number.parseInt(`0${text}`, 8) : Number.NaN;
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function formatPaxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  length = bytes + String(length).length;
  return `${length}${rest}`;
}
