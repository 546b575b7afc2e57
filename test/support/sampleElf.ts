import { noise } from "./bytes.ts";

export interface SampleElfOptions {
  /** Bytes that are loaded, beside the headers. */
  readonly codeSize?: number;
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

/** A small program for 64-bit Linux: laid out as a linker does it, with noise for code. */
export function sampleElf({ codeSize = 1000, debugSize = 3001 }: SampleElfOptions = {}): Buffer {
  const code = noise(codeSize, "code");
  const loaded: Section[] = [
    { name: "", type: 0 },
    { name: ".rela.plt", type: 4, flags: 0x42, link: 1, info: 2, content: Buffer.alloc(24) },
    { name: ".text", type: 1, flags: 0x6, content: code },
    { name: ".bss", type: 8, flags: 0x3 },
  ];
  const rest: Section[] = [
    { name: ".debug_info", type: 1, content: noise(debugSize, "debug") },
    { name: ".symtab", type: 2, link: 6, info: 1, content: noise(48, "symbols") },
    { name: ".strtab", type: 3, content: Buffer.from("\0main\0") },
  ];
  const sections = [...loaded, ...rest, { name: ".shstrtab", type: 3 }];
  const names = Buffer.from(sections.map(({ name }) => `${name}\0`).join(""));
  const contents = [...loaded, ...rest, { content: names }].map(({ content }) => content ?? Buffer.alloc(0));
  const body = Buffer.concat(contents);
  const tableStart = Math.ceil((HEADERS + body.length) / 8) * 8;
  const padding = Buffer.alloc(tableStart - HEADERS - body.length);
  const loadedEnd = HEADERS + 24 + codeSize;
  return Buffer.concat([
    fileHeader(tableStart, sections.length),
    segment(1, { start: 0, size: loadedEnd }),
    segment(0x6474e551, { start: 0, size: 0 }),
    body,
    padding,
    ...sections.map((section, index) =>
      sectionEntry(section, {
        name: Buffer.byteLength(
          sections
            .slice(0, index)
            .map(({ name }) => `${name}\0`)
            .join(""),
        ),
        start: HEADERS + Buffer.concat(contents.slice(0, index)).length,
        size: section.name === ".bss" ? 4096 : (contents[index]?.length ?? 0),
      }),
    ),
  ]);
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

function segment(type: number, { start, size }: { start: number; size: number }): Buffer {
  const entry = Buffer.alloc(56);
  entry.writeUInt32LE(type, 0);
  for (const [at, value] of [
    [8, start],
    [32, size],
    [40, size],
  ] as const)
    entry.writeBigUInt64LE(BigInt(value), at);
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
