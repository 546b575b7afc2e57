import type { FileHandle } from "node:fs/promises";
import { BLOCK, cString, damagedTar, parsePax, parseTarHeader, type TarHeader } from "./tarHeader.ts";

/** Where a file's bytes lie in a tar. */
export interface TarFile {
  readonly offset: number;
  readonly size: number;
}

export type TarIndex = ReadonlyMap<string, TarFile>;

// A layout of a million blobs is nobody's.
const MAX_ENTRIES = 1_000_000;
// Names and pax records: no honest one is longer.
const MAX_RECORD_BYTES = 1024 * 1024;
const MAX_LINKS = 10;
// Links, devices, folders and pipes have no content, whatever size their header has.
const WITHOUT_CONTENT = /^[1-6]$/;
// Extended headers: GNU's long names, and pax.
const ABOUT_THE_NEXT = /^[LKxg]$/;

/**
 * Finds every file of a tar by its headers alone: content is passed over and not read, so that an archive of many GB is
 * open at once. (tar-stream, which unpacks releases, has to read it all.) The last entry of a name counts.
 *
 * @param part where the tar lies in the file; the whole of it unless given. @throws AppError `bad-data`.
 */
export async function readTarIndex(file: FileHandle, part?: TarFile): Promise<TarIndex> {
  const { size } = await file.stat();
  const total = part === undefined ? size : Math.min(size, part.offset + part.size);
  const files = new Map<string, TarFile>();
  const links = new Map<string, string>();
  let pending: { name?: string; link?: string; size?: number } = {};
  let position = part?.offset ?? 0;
  for (let entries = 0; position + BLOCK <= total; entries += 1) {
    if (entries === MAX_ENTRIES) throw damagedTar(`it has more than ${MAX_ENTRIES} entries`);
    const block = await readAt(file, position, BLOCK);
    if (isZero(block)) return resolveLinks(files, links);
    const header = parseTarHeader(block, position);
    const { type, name, link, size } = ABOUT_THE_NEXT.test(header.type) ? header : { ...header, ...pending };
    const offset = position + BLOCK;
    const length = WITHOUT_CONTENT.test(type) ? 0 : size;
    if (offset + length > total) throw damagedTar(`it ends in the middle of ${JSON.stringify(name.slice(0, 200))}`);
    position = offset + Math.ceil(length / BLOCK) * BLOCK;
    if (type === "L") pending.name = cString(await readRecord(offset, size));
    else if (type === "K") pending.link = cString(await readRecord(offset, size));
    else if (type === "x") Object.assign(pending, parsePax(await readRecord(offset, size)));
    else if (type === "S") throw damagedTar("it holds a sparse file");
    else if (type !== "g") {
      pending = {};
      add({ type, name, link, size }, offset);
    }
  }
  // Two blocks of zeros end a tar; many tools do without the second, some without both.
  if (position < total) throw damagedTar("it is cut short");
  return resolveLinks(files, links);

  function add({ type, name, link, size }: TarHeader, offset: number): void {
    const path = normalize(name);
    if (path === undefined) return;
    switch (type) {
      case "0":
      case "\0":
      case "7":
        links.delete(path);
        files.set(path, { offset, size });
        break;
      case "1":
      case "2": {
        const folder = type === "2" && !link.startsWith("/") ? path.split("/").slice(0, -1).join("/") : "";
        const target = normalize(`${folder}/${link}`);
        files.delete(path);
        if (target !== undefined) links.set(path, target);
      }
    }
  }

  async function readRecord(offset: number, size: number): Promise<Buffer> {
    if (size > MAX_RECORD_BYTES) throw damagedTar("a name in it is longer than anybody needs");
    return await readAt(file, offset, size);
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

/** `./a//b` is `a/b`. Undefined for what leads outside, which nothing in an archive can mean. */
function normalize(name: string): string | undefined {
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

async function readAt(file: FileHandle, offset: number, size: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, offset);
  if (bytesRead < size) throw damagedTar("it is cut short");
  return buffer;
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}
