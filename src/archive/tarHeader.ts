import { BLOCK } from "./tarIndex.ts";

// What the octal field of a header cannot hold.
const OCTAL_LIMIT = 8 ** 11;
const NAME_BYTES = 100;

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

/** What ends a tar. */
export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK);

function formatHeader({ name, size, type }: { name: string; size: number; type: string }): Buffer {
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

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function formatPaxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  length = bytes + String(length).length;
  return `${length}${rest}`;
}
