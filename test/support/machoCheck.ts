import { createHash } from "node:crypto";

/** What an independent reader finds in a Mach-O executable. */
export interface MachOReport {
  readonly problems: readonly string[];
  readonly architecture: "arm64" | "x86_64";
  /** Bytes that __LINKEDIT takes in memory. */
  readonly linkEditMemory: number | undefined;
  /** The first code directory; undefined where there is no signature. */
  readonly directory: CodeDirectory | undefined;
}

export interface CodeDirectory {
  readonly identifier: string;
  readonly version: number;
  readonly flags: number;
  readonly pageSize: number;
  readonly executableSegment: { readonly base: number; readonly limit: number; readonly flags: number };
  /** Hashes in hex by the number of the special slot: 1 Info.plist, 2 requirements, 3 CodeResources. */
  readonly slots: ReadonlyMap<number, string>;
  /** The superblob's types and magic numbers, in its order. */
  readonly blobs: readonly (readonly [type: number, magic: number])[];
}

/**
 * Judges layout and signature of a thin 64-bit Mach-O file, with every hash computed again. Written from the format's
 * headers and tried on files that others signed; it shares nothing with the code that signs.
 */
export function checkMachO(file: Buffer): MachOReport {
  const problems: string[] = [];
  const architecture = file.readUInt32LE(4) === 0x0100000c ? "arm64" : "x86_64";
  const { segments, signature } = readCommands(file, problems);
  checkLayout(file, segments, { pageSize: architecture === "arm64" ? 0x4000 : 0x1000, problems });
  const linkEditMemory = segments.at(-1)?.memorySize;
  if (signature === undefined) return { problems, architecture, linkEditMemory, directory: undefined };
  if (signature.offset % 16 !== 0) problems.push("the signature is not 16-aligned");
  if (signature.offset + signature.size !== file.length) problems.push("the signature does not end with the file");
  const directory = checkSignature(file, signature, problems);
  const text = segments.find(({ name }) => name === "__TEXT");
  const { base, limit } = directory?.executableSegment ?? {};
  if (base !== text?.fileStart || limit !== text?.fileSize) problems.push("the executable segment is not __TEXT");
  return { problems, architecture, linkEditMemory, directory };
}

interface Segment {
  readonly name: string;
  readonly memoryStart: number;
  readonly memorySize: number;
  readonly fileStart: number;
  readonly fileSize: number;
}

interface Range {
  readonly offset: number;
  readonly size: number;
}

function readCommands(file: Buffer, problems: string[]) {
  const end = 32 + file.readUInt32LE(20);
  const segments: Segment[] = [];
  let signature: Range | undefined;
  let at = 32;
  for (let count = file.readUInt32LE(16); count > 0; count -= 1) {
    const [command, size] = [file.readUInt32LE(at), file.readUInt32LE(at + 4)];
    if (command === 0x19) {
      segments.push(readSegment(file, at));
      for (let section = at + 72; section < at + size; section += 80) {
        const offset = file.readUInt32LE(section + 48);
        if (offset !== 0 && offset < end) problems.push(`a section begins at ${offset}, load commands end at ${end}`);
      }
    }
    if (command === 0x1d) {
      if (signature !== undefined) problems.push("there are two signatures");
      signature = { offset: file.readUInt32LE(at + 8), size: file.readUInt32LE(at + 12) };
    }
    at += size;
  }
  if (at !== end) problems.push(`load commands end at ${at}, sizeofcmds says ${end}`);
  return { segments, signature };
}

function readSegment(file: Buffer, at: number): Segment {
  const long = (offset: number): number => Number(file.readBigUInt64LE(at + offset));
  return {
    name: file.toString("latin1", at + 8, at + 24).replaceAll("\0", ""),
    memoryStart: long(24),
    memorySize: long(32),
    fileStart: long(40),
    fileSize: long(48),
  };
}

function checkLayout(
  file: Buffer,
  segments: readonly Segment[],
  { pageSize, problems }: { pageSize: number; problems: string[] },
): void {
  let [memoryEnd, fileEnd] = [0, 0];
  for (const { name, memoryStart, memorySize, fileStart, fileSize } of segments) {
    if (memoryStart < memoryEnd) problems.push(`${name} overlaps in memory`);
    if (fileSize > 0 && fileStart < fileEnd) problems.push(`${name} overlaps in the file`);
    if (memoryStart % pageSize !== 0 || fileStart % pageSize !== 0) problems.push(`${name} is not on a page`);
    if (fileSize > memorySize) problems.push(`${name} is larger than its memory`);
    [memoryEnd, fileEnd] = [memoryStart + memorySize, Math.max(fileEnd, fileStart + fileSize)];
  }
  if (segments.at(-1)?.name !== "__LINKEDIT") problems.push("__LINKEDIT is not last");
  if (fileEnd !== file.length) problems.push(`the last segment ends at ${fileEnd}, the file at ${file.length}`);
}

function checkSignature(file: Buffer, { offset, size }: Range, problems: string[]): CodeDirectory | undefined {
  const superBlob = file.subarray(offset, offset + size);
  if (superBlob.readUInt32BE(0) !== 0xfade0cc0) {
    problems.push("the signature is no superblob");
    return undefined;
  }
  if (superBlob.readUInt32BE(4) > size) problems.push("the superblob is longer than its place");
  const blobs = Array.from({ length: superBlob.readUInt32BE(8) }, (_, index) => {
    const [type, start] = [superBlob.readUInt32BE(12 + 8 * index), superBlob.readUInt32BE(16 + 8 * index)];
    return { type, bytes: superBlob.subarray(start, start + superBlob.readUInt32BE(start + 4)) };
  });
  const directory = blobs.find(({ type }) => type === 0)?.bytes;
  if (directory?.readUInt32BE(0) !== 0xfade0c02) {
    problems.push("there is no code directory");
    return undefined;
  }
  checkPages(file.subarray(0, offset), directory, problems);
  const slots = readSlots(directory);
  for (const { type, bytes } of blobs) {
    const expected = slots.get(type);
    if (expected !== undefined && expected !== hashOf(bytes)) problems.push(`special slot ${type} has a wrong hash`);
  }
  return {
    identifier: identifierOf(directory),
    version: directory.readUInt32BE(8),
    flags: directory.readUInt32BE(12),
    pageSize: pageSizeOf(directory),
    executableSegment: {
      base: Number(directory.readBigUInt64BE(64)),
      limit: Number(directory.readBigUInt64BE(72)),
      flags: Number(directory.readBigUInt64BE(80)),
    },
    slots,
    blobs: blobs.map(({ type, bytes }) => [type, bytes.readUInt32BE(0)] as const),
  };
}

function checkPages(code: Buffer, directory: Buffer, problems: string[]): void {
  const [hashes, count, limit] = [directory.readUInt32BE(16), directory.readUInt32BE(28), directory.readUInt32BE(32)];
  const pageSize = pageSizeOf(directory);
  if (directory[36] !== 32 || directory[37] !== 2) problems.push("the hashes are not SHA-256");
  if (limit !== code.length) problems.push(`code ends at ${limit}, but the signature begins at ${code.length}`);
  if (count !== Math.ceil(limit / pageSize)) problems.push(`${count} page hashes for ${limit} bytes`);
  if (hashes + count * 32 !== directory.length) problems.push("the code directory does not end with its hashes");
  for (let page = 0; page < count; page += 1) {
    const expected = directory.toString("hex", hashes + page * 32, hashes + (page + 1) * 32);
    if (hashOf(code.subarray(page * pageSize, (page + 1) * pageSize)) !== expected)
      problems.push(`page ${page} has a wrong hash`);
  }
}

function readSlots(directory: Buffer): Map<number, string> {
  const hashes = directory.readUInt32BE(16);
  const slots = Array.from({ length: directory.readUInt32BE(24) }, (_, index) => index + 1);
  return new Map(slots.map((slot) => [slot, directory.toString("hex", hashes - slot * 32, hashes - (slot - 1) * 32)]));
}

function identifierOf(directory: Buffer): string {
  const start = directory.readUInt32BE(20);
  return directory.toString("utf8", start, directory.indexOf(0, start));
}

function pageSizeOf(directory: Buffer): number {
  return 2 ** directory.readUInt8(39);
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
