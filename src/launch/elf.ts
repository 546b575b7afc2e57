import { readSync } from "node:fs";

// This file is on the launch path.

// From elf(5), for 64-bit little-endian files, which is all that Node runs on.
const ELF_MAGIC = 0x7f454c46;
const HEADER = {
  bytes: 64,
  class: 4,
  machine: 18,
  segments: 32,
  segmentSize: 54,
  segmentCount: 56,
} as const;
const CLASS_64 = 2;
const SEGMENT = { type: 0, offset: 8, size: 32 } as const;
const PT_INTERP = 3;
const MAX_SEGMENTS = 128;
// In nearly all programs it holds everything that is asked for.
const FIRST_READ = 4096;
const MAX_PATH_BYTES = 4096;

/** What a Linux program wants of the computer. */
export interface Elf {
  /** `e_machine`: 62 is x86-64, 183 is arm64. */
  readonly machine: number;
  /** The program that loads it with its libraries; undefined for a static one. */
  readonly loader: string | undefined;
}

/** @returns undefined for anything that is not a whole 64-bit program, or cannot be read. */
export function readElf(file: number): Elf | undefined {
  try {
    const elf = openBytes(file);
    const header = elf.view(0, HEADER.bytes);
    if (header.getUint32(0) !== ELF_MAGIC || header.getUint8(HEADER.class) !== CLASS_64) return undefined;
    return { machine: header.getUint16(HEADER.machine, true), loader: readLoader(elf, header) };
  } catch {
    return undefined;
  }
}

function readLoader(elf: Bytes, header: DataView): string | undefined {
  const [size, count] = [header.getUint16(HEADER.segmentSize, true), header.getUint16(HEADER.segmentCount, true)];
  const segments = elf.view(readOffset(header, HEADER.segments), size * Math.min(count, MAX_SEGMENTS));
  for (let at = 0; at + size <= segments.byteLength; at += size) {
    if (segments.getUint32(at + SEGMENT.type, true) !== PT_INTERP) continue;
    const length = Math.min(readOffset(segments, at + SEGMENT.size), MAX_PATH_BYTES);
    const path = elf.text(readOffset(segments, at + SEGMENT.offset), length);
    const end = path.indexOf("\0");
    return end === -1 ? path : path.slice(0, end);
  }
  return undefined;
}

/** Exact below 2 ** 53; beyond that there is no file. */
function readOffset(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

/** A file's content as it is asked for; it throws for what is beyond the end. */
interface Bytes {
  view(position: number, length: number): DataView;
  text(position: number, length: number): string;
}

// A DataView is V8's own. Node's buffers read numbers by functions that every start would have to compile.
function openBytes(file: number): Bytes {
  const start = Buffer.allocUnsafeSlow(FIRST_READ);
  const known = readSync(file, start, 0, FIRST_READ, 0);
  const at = (position: number, length: number): Buffer => {
    if (position + length <= known) return start.subarray(position, position + length);
    const bytes = Buffer.allocUnsafeSlow(length);
    if (readSync(file, bytes, 0, length, position) < length) throw new RangeError("the file is cut short");
    return bytes;
  };
  return {
    view(position, length) {
      const { buffer, byteOffset } = at(position, length);
      return new DataView(buffer, byteOffset, length);
    },
    text: (position, length) => at(position, length).toString("utf8"),
  };
}
