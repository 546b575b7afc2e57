import type { FileHandle } from "node:fs/promises";
import { AppError } from "../errors.ts";

/** Where a file's bytes lie in a tar. */
export interface TarFile {
  readonly offset: number;
  readonly size: number;
}

export type TarIndex = ReadonlyMap<string, TarFile>;

/** The unit of a tar (POSIX.1-2017 pax, "ustar Interchange Format"). */
export const BLOCK = 512;
// A layout of a million blobs is nobody's.
const MAX_ENTRIES = 1_000_000;
// Names and pax records: no honest one is longer.
const MAX_RECORD_BYTES = 1024 * 1024;
const MAX_LINKS = 10;

/**
 * Finds every file of a tar by its headers alone: content is passed over and not read, so that an archive of many GB is
 * open at once. (tar-stream, which unpacks releases, has to read it all.) The last entry of a name counts.
 *
 * @throws AppError `bad-data`.
 */
export async function readTarIndex(file: FileHandle): Promise<TarIndex> {
  const { size: total } = await file.stat();
  const files = new Map<string, TarFile>();
  const links = new Map<string, string>();
  let pending: { name?: string; link?: string; size?: number } = {};
  let position = 0;
  for (let entries = 0; position + BLOCK <= total; entries += 1) {
    if (entries > MAX_ENTRIES) throw damaged(`it has more than ${MAX_ENTRIES} entries`);
    const header = await readAt(file, position, BLOCK);
    if (isZero(header)) return resolveLinks(files, links);
    const entry = parseHeader(header, position);
    const size = pending.size ?? entry.size;
    const offset = position + BLOCK;
    if (offset + size > total) throw damaged(`it ends in the middle of ${JSON.stringify(pending.name ?? entry.name)}`);
    position = offset + Math.ceil(size / BLOCK) * BLOCK;
    switch (entry.type) {
      case "L":
        pending.name = cString(await readRecord(file, offset, size));
        continue;
      case "K":
        pending.link = cString(await readRecord(file, offset, size));
        continue;
      case "x":
        Object.assign(pending, parsePax(await readRecord(file, offset, size)));
        continue;
      case "g":
        continue;
      case "0":
      case "\0":
      case "7":
        set(pending.name ?? entry.name, { offset, size });
        break;
      case "1":
      case "2":
        setLink(pending.name ?? entry.name, pending.link ?? entry.link, entry.type === "2");
    }
    pending = {};
  }
  // Two blocks of zeros end a tar; many tools do without the second, some without both.
  if (position < total && total % BLOCK !== 0) throw damaged("it is cut short");
  return resolveLinks(files, links);

  function set(name: string, entry: TarFile): void {
    const path = normalize(name);
    links.delete(path);
    files.set(path, entry);
  }

  function setLink(name: string, target: string, symbolic: boolean): void {
    const path = normalize(name);
    files.delete(path);
    const folder = symbolic && !target.startsWith("/") ? path.split("/").slice(0, -1).join("/") : "";
    links.set(path, normalize(`${folder}/${target}`));
  }
}

/** Old `docker save` writes a layer once, and links to it where it comes again. */
function resolveLinks(files: Map<string, TarFile>, links: ReadonlyMap<string, string>): TarIndex {
  for (const [name, first] of links) {
    let target: string | undefined = first;
    for (let hops = 0; target !== undefined && !files.has(target) && hops < MAX_LINKS; hops += 1)
      target = links.get(target);
    const found = target === undefined ? undefined : files.get(target);
    if (found !== undefined) files.set(name, found);
  }
  return files;
}

interface Header {
  readonly name: string;
  readonly link: string;
  readonly size: number;
  readonly type: string;
}

function parseHeader(header: Buffer, position: number): Header {
  const expected = parseNumber(header.subarray(148, 156));
  let sum = 0;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 0x20 : byte;
  if (sum !== expected) throw damaged(`there is no header at byte ${position}`);
  const name = cString(header.subarray(0, 100));
  // Only in the POSIX format; GNU's has other things there.
  const prefix = header.subarray(257, 263).toString("latin1") === "ustar\0" ? cString(header.subarray(345, 500)) : "";
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    link: cString(header.subarray(157, 257)),
    size: parseNumber(header.subarray(124, 136)),
    type: String.fromCharCode(header[156] ?? 0),
  };
}

/** Octal digits, or with the first bit set big-endian binary (GNU, star). */
function parseNumber(field: Buffer): number {
  let value = 0;
  if (((field[0] ?? 0) & 0x80) !== 0) {
    for (const [index, byte] of field.entries()) value = value * 256 + (index === 0 ? byte & 0x7f : byte);
  } else {
    const text = field.toString("latin1").replace(/[\0 ]+/g, "");
    value = /^[0-7]*$/.test(text) ? Number.parseInt(text === "" ? "0" : text, 8) : Number.NaN;
  }
  if (!Number.isSafeInteger(value)) throw damaged("a number in it makes no sense");
  return value;
}

/** `LENGTH KEY=VALUE\n`, as often as there are keys. */
function parsePax(record: Buffer): { name?: string; link?: string; size?: number } {
  const found: { name?: string; link?: string; size?: number } = {};
  for (let start = 0; start < record.length;) {
    const space = record.indexOf(0x20, start);
    const length = space === -1 ? Number.NaN : Number(record.subarray(start, space).toString("latin1"));
    if (!Number.isInteger(length) || length <= space - start || start + length > record.length)
      throw damaged("an extended header in it makes no sense");
    const [key, value] = splitOnce(record.subarray(space + 1, start + length - 1).toString("utf8"));
    if (key === "path") found.name = value;
    else if (key === "linkpath") found.link = value;
    else if (key === "size") {
      if (!/^\d{1,15}$/.test(value)) throw damaged("a size in it makes no sense");
      found.size = Number(value);
    } else if (key.startsWith("GNU.sparse.")) throw damaged("it holds a sparse file");
    start += length;
  }
  return found;
}

function splitOnce(text: string): [string, string] {
  const equals = text.indexOf("=");
  return equals === -1 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
}

function normalize(name: string): string {
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

async function readRecord(file: FileHandle, offset: number, size: number): Promise<Buffer> {
  if (size > MAX_RECORD_BYTES) throw damaged("a name in it is longer than anybody needs");
  return await readAt(file, offset, size);
}

async function readAt(file: FileHandle, offset: number, size: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, offset);
  if (bytesRead < size) throw damaged("it is cut short");
  return buffer;
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end === -1 ? bytes.length : end).toString("utf8");
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

function damaged(reason: string): AppError {
  return new AppError("bad-data", `not a usable tar: ${reason}`, { hint: "Copy or download the archive again." });
}
