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
    const header = readAt(file, 0, HEADER.bytes);
    if (header.readUInt32BE(0) !== ELF_MAGIC || header[HEADER.class] !== CLASS_64) return undefined;
    return { machine: header.readUInt16LE(HEADER.machine), loader: readLoader(file, header) };
  } catch {
    return undefined;
  }
}

function readLoader(file: number, header: Buffer): string | undefined {
  const [size, count] = [header.readUInt16LE(HEADER.segmentSize), header.readUInt16LE(HEADER.segmentCount)];
  const segments = readAt(file, Number(header.readBigUInt64LE(HEADER.segments)), size * Math.min(count, MAX_SEGMENTS));
  for (let at = 0; at + size <= segments.byteLength; at += size) {
    if (segments.readUInt32LE(at + SEGMENT.type) !== PT_INTERP) continue;
    const length = Number(segments.readBigUInt64LE(at + SEGMENT.size));
    const start = Number(segments.readBigUInt64LE(at + SEGMENT.offset));
    return readAt(file, start, Math.min(length, MAX_PATH_BYTES)).toString("utf8").replace(/\0.*$/s, "");
  }
  return undefined;
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (readSync(file, bytes, 0, length, position) < length) throw new RangeError("the file is cut short");
  return bytes;
}
