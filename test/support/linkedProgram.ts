import { noise } from "./bytes.ts";

export interface LinkedProgramOptions {
  readonly architecture?: "x64" | "arm64";
  /** Bytes that the tenth function has more than at first. */
  readonly growth?: number;
}

const FUNCTIONS = 300;
const BODY = 96;
const CALLS = 6;
const [HEADER, SECTION] = [64, 64];
const BASE = 0x400000;

/**
 * An ELF executable as a linker makes it: functions that call each other, and a table of where they are. With one function
 * longer, everything behind it moves, and so does every number that leads there.
 */
export function linkedProgram({ architecture = "x64", growth = 0 }: LinkedProgramOptions = {}): Buffer {
  const sizes = Array.from({ length: FUNCTIONS }, (_, index) => BODY + (index === 10 ? growth : 0));
  const starts = sizes.map((_, index) => sizes.slice(0, index).reduce((sum, size) => sum + size, 0));
  const text = Buffer.concat(sizes.map((size, index) => body(size, index)));
  for (const [index, start] of starts.entries()) {
    for (let call = 0; call < CALLS; call += 1) {
      const target = starts[(index * 7 + call * 41) % FUNCTIONS]!;
      if (architecture === "x64") putX64Call(text, start + call * 12, target);
      else putArm64(text, start + call * 12, target);
    }
  }
  const table = Buffer.alloc(FUNCTIONS * 12);
  for (const [index, start] of starts.entries()) {
    table.writeBigUInt64LE(BigInt(BASE + HEADER + start), index * 8);
    table.writeUInt32LE(start, FUNCTIONS * 8 + index * 4);
  }
  return elf(architecture, text, table);
}

function body(size: number, index: number): Buffer {
  // What is put in comes last, so that calls stay where they are in the function.
  return Buffer.concat([noise(BODY, `function ${index}`), noise(size - BODY, `more of ${index}`)]);
}

function putX64Call(text: Buffer, at: number, target: number): void {
  text[at] = 0xe8;
  text.writeInt32LE(target - at - 5, at + 1);
}

/** Calls by BL, and every second time an address by ADRP and ADD. */
function putArm64(text: Buffer, at: number, target: number): void {
  if (at % 24 === 0) {
    text.writeUInt32LE((0x94000000 | (((target - at) / 4) & 0x3ffffff)) >>> 0, at);
    return;
  }
  const [from, to] = [BASE + HEADER + at, BASE + HEADER + target];
  const pages = Math.floor(to / 4096) - Math.floor(from / 4096);
  text.writeUInt32LE((0x90000000 | ((pages & 3) << 29) | (((pages >> 2) & 0x7ffff) << 5)) >>> 0, at);
  text.writeUInt32LE((0x91000000 | ((to % 4096) << 10)) >>> 0, at + 4);
}

function elf(architecture: "x64" | "arm64", text: Buffer, table: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(0x7f454c46, 0);
  header.set([2, 1, 1], 4);
  header.writeUInt16LE(architecture === "x64" ? 62 : 183, 18);
  const tableAt = HEADER + text.length;
  header.writeBigUInt64LE(BigInt(tableAt + table.length), 40);
  header.writeUInt16LE(SECTION, 58);
  header.writeUInt16LE(2, 60);
  const sections = [
    section({ flags: 6, offset: HEADER, size: text.length }),
    section({ flags: 2, offset: tableAt, size: table.length }),
  ];
  return Buffer.concat([header, text, table, ...sections]);
}

function section({ flags, offset, size }: { flags: number; offset: number; size: number }): Buffer {
  const entry = Buffer.alloc(SECTION);
  entry.writeUInt32LE(1, 4);
  entry.writeBigUInt64LE(BigInt(flags), 8);
  entry.writeBigUInt64LE(BigInt(BASE + offset), 16);
  entry.writeBigUInt64LE(BigInt(offset), 24);
  entry.writeBigUInt64LE(BigInt(size), 32);
  return entry;
}
