import { noise } from "./bytes.ts";

export interface SampleElfOptions {
  /** Bytes that are loaded, beside the headers. */
  readonly codeSize?: number;
  /** What stands at the beginning of these. */
  readonly code?: Buffer;
  /** Bytes for debuggers. */
  readonly debugSize?: number;
}

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags?: number;
  readonly link?: number;
  readonly info?: number;
  readonly content?: Buffer;
}

const HEADERS = 64 + 2 * 56;
const NOTHING = Buffer.alloc(0);

/** A small program for 64-bit Linux: laid out as a linker does it, with noise for code. */
export function sampleElf({ codeSize = 1000, code = NOTHING, debugSize = 3001 }: SampleElfOptions = {}): Buffer {
  const text = Buffer.concat([code, noise(codeSize - code.byteLength, "code")]);
  const loaded: Section[] = [
    { name: "", type: 0 },
    { name: ".rela.plt", type: 4, flags: 0x42, link: 1, info: 2, content: Buffer.alloc(24) },
    { name: ".text", type: 1, flags: 0x6, content: text },
    { name: ".bss", type: 8, flags: 0x3 },
  ];
  const rest: Section[] = [
    { name: ".debug_info", type: 1, content: noise(debugSize, "debug") },
    { name: ".symtab", type: 2, link: 6, info: 1, content: noise(48, "symbols") },
    { name: ".strtab", type: 3, content: Buffer.from("\0main\0") },
  ];
  const sections = [...loaded, ...rest, { name: ".shstrtab", type: 3 }];
  const names = sections.map(({ name }) => Buffer.from(`${name}\0`));
  const contents = [...loaded, ...rest, { content: Buffer.concat(names) }].map(({ content }) => content ?? NOTHING);
  const body = Buffer.concat(contents);
  const padding = Buffer.alloc((8 - ((HEADERS + body.length) % 8)) % 8);
  const [nameStarts, starts] = [startsOf(names, 0), startsOf(contents, HEADERS)];
  return Buffer.concat([
    fileHeader(HEADERS + body.length + padding.length, sections.length),
    segment(1, HEADERS + 24 + codeSize),
    segment(0x6474e551, 0),
    body,
    padding,
    ...sections.map((section, index) =>
      sectionEntry(section, {
        name: nameStarts[index] ?? 0,
        start: starts[index] ?? 0,
        size: section.name === ".bss" ? 4096 : (contents[index]?.length ?? 0),
      }),
    ),
  ]);
}

function startsOf(parts: readonly Buffer[], first: number): number[] {
  return parts.map((_, index) => first + Buffer.concat(parts.slice(0, index)).length);
}

function fileHeader(tableStart: number, sectionCount: number): Buffer {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  for (const [at, value] of [
    [16, 2],
    [18, 62],
    [52, 64],
    [54, 56],
    [56, 2],
    [58, 64],
    [60, sectionCount],
    [62, sectionCount - 1],
  ] as const)
    header.writeUInt16LE(value, at);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(64n, 32);
  header.writeBigUInt64LE(BigInt(tableStart), 40);
  return header;
}

/** From the file's beginning. */
function segment(type: number, size: number): Buffer {
  const entry = Buffer.alloc(56);
  entry.writeUInt32LE(type, 0);
  entry.writeBigUInt64LE(BigInt(size), 32);
  entry.writeBigUInt64LE(BigInt(size), 40);
  return entry;
}

function sectionEntry(
  { type, flags = 0, link = 0, info = 0 }: Section,
  { name, start, size }: { name: number; start: number; size: number },
): Buffer {
  const entry = Buffer.alloc(64);
  entry.writeUInt32LE(type === 0 ? 0 : name, 0);
  entry.writeUInt32LE(type, 4);
  if (type === 0) return entry;
  for (const [at, value] of [
    [8, flags],
    [24, start],
    [32, size],
    [48, 1],
  ] as const)
    entry.writeBigUInt64LE(BigInt(value), at);
  entry.writeUInt32LE(link, 40);
  entry.writeUInt32LE(info, 44);
  return entry;
}
