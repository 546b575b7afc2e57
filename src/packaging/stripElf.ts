import { AppError } from "../errors.ts";

/**
 * A Linux program without what is never loaded, which is mostly for debuggers. Of the bytes that are loaded only those
 * three fields of the file header change that say where the section table is (e_shoff, e_shnum, e_shstrndx).
 *
 * @throws AppError `bad-data` for anything but a 64-bit little-endian executable laid out as linkers do it.
 */
export function stripElf(binary: Buffer): Buffer {
  const { sections, segments } = readElf(binary);
  const kept = chooseSections(sections);
  const loaded = binary.subarray(0, endOf([...segments, ...kept]));
  const names = Buffer.from([...kept.map(({ name }) => name), NAMES].map((name) => `${name}\0`).join(""), "latin1");
  const tableStart = Math.ceil((loaded.length + names.length) / 8) * 8;
  const padding = Buffer.alloc(tableStart - loaded.length - names.length);
  const result = Buffer.concat([loaded, names, padding, composeTable(kept, { start: loaded.length, names })]);
  result.writeBigUInt64LE(BigInt(tableStart), FILE.sectionTable);
  result.writeUInt16LE(kept.length + 1, FILE.sectionCount);
  result.writeUInt16LE(kept.length, FILE.namesIndex);
  return result;
}

const NAMES = ".shstrtab";
const FILE = {
  size: 64,
  type: 16,
  programTable: 32,
  sectionTable: 40,
  programEntrySize: 54,
  programCount: 56,
  sectionEntrySize: 58,
  sectionCount: 60,
  namesIndex: 62,
} as const;
const PROGRAM_ENTRY = 56;
const SECTION_ENTRY = 64;
/** SHN_LORESERVE: from here on numbers mean something else. */
const RESERVED = 0xff00;
const SHT = { null: 0, strings: 3, rela: 4, noBits: 8, rel: 9 } as const;
const SHF = { alloc: 0x2, infoLink: 0x40 } as const;

interface Range {
  readonly offset: number;
  /** Bytes in the file. */
  readonly size: number;
}

interface Section extends Range {
  readonly name: string;
  readonly type: number;
  readonly loaded: boolean;
  /** Numbers of the sections that it refers to; 0 for none. */
  readonly references: readonly number[];
  /** As it stands in the table. */
  readonly entry: Buffer;
}

function readElf(binary: Buffer) {
  if (binary.length < FILE.size || binary.readUInt32BE(0) !== 0x7f454c46) throw refusal("it is no ELF file");
  // 64 bits, little-endian, version 1.
  if (!binary.subarray(4, 7).equals(Buffer.of(2, 1, 1))) throw refusal("it is not 64-bit and little-endian");
  const short = (at: number): number => binary.readUInt16LE(at);
  if (short(FILE.type) !== 2 && short(FILE.type) !== 3) throw refusal("it is no executable");
  const [sectionCount, namesIndex] = [short(FILE.sectionCount), short(FILE.namesIndex)];
  const sizes = [short(FILE.programEntrySize), short(FILE.sectionEntrySize)];
  if (sizes[0] !== PROGRAM_ENTRY || sizes[1] !== SECTION_ENTRY)
    throw refusal("its tables have entries of another size");
  if (sectionCount >= RESERVED || namesIndex === 0 || namesIndex >= sectionCount)
    throw refusal("its section table is missing or out of the ordinary");
  const programTable = {
    offset: longAt(binary, FILE.programTable),
    size: short(FILE.programCount) * PROGRAM_ENTRY,
  };
  const sectionTable = { offset: longAt(binary, FILE.sectionTable), size: sectionCount * SECTION_ENTRY };
  const segments = entriesOf(binary, programTable, PROGRAM_ENTRY).map((entry): Range => ({
    offset: longAt(entry, 8),
    size: longAt(entry, 32),
  }));
  const sections = readSections(binary, entriesOf(binary, sectionTable, SECTION_ENTRY), namesIndex);
  if (sections[namesIndex]?.loaded !== false) throw refusal("its section names are loaded");
  const end = endOf([...segments, ...sections, programTable, sectionTable]);
  if (end > binary.length) throw refusal("it is cut short");
  if (end < binary.length) throw refusal("something follows it that is not its own");
  return { sections, segments: [{ offset: 0, size: FILE.size }, programTable, ...segments] };
}

function readSections(binary: Buffer, entries: readonly Buffer[], namesIndex: number): Section[] {
  const { offset, size } = rangeOf(entries[namesIndex]);
  const names = binary.subarray(offset, offset + size);
  return entries.map((entry) => {
    // Of the 64 flags those that matter are in the lower half.
    const [type, flags] = [entry.readUInt32LE(4), entry.readUInt32LE(8)];
    const infoRefers = type === SHT.rela || type === SHT.rel || (flags & SHF.infoLink) !== 0;
    return {
      ...rangeOf(entry),
      name: nameAt(names, entry.readUInt32LE(0)),
      type,
      loaded: (flags & SHF.alloc) !== 0,
      references: [entry.readUInt32LE(40), infoRefers ? entry.readUInt32LE(44) : 0],
      entry,
    };
  });
}

/** The first and those that are loaded. They come first, so their numbers, which loaded symbols name too, stay right. */
function chooseSections(sections: readonly Section[]): Section[] {
  const count = sections.findIndex(({ loaded }, index) => index > 0 && !loaded);
  const kept = sections.slice(0, count);
  if (sections[0]?.type !== SHT.null || sections.slice(count).some(({ loaded }) => loaded))
    throw refusal("its loaded sections do not come first");
  if (kept.some(({ references }) => references.some((index) => index >= count)))
    throw refusal("a loaded section refers to one that is not");
  return kept;
}

function composeTable(kept: readonly Section[], { start, names }: { start: number; names: Buffer }): Buffer {
  const table = Buffer.alloc((kept.length + 1) * SECTION_ENTRY);
  let nameStart = 0;
  for (const [index, { name, entry }] of kept.entries()) {
    entry.copy(table, index * SECTION_ENTRY);
    table.writeUInt32LE(nameStart, index * SECTION_ENTRY);
    nameStart += name.length + 1;
  }
  const last = table.subarray(kept.length * SECTION_ENTRY);
  last.writeUInt32LE(nameStart, 0);
  last.writeUInt32LE(SHT.strings, 4);
  last.writeBigUInt64LE(BigInt(start), 24);
  last.writeBigUInt64LE(BigInt(names.length), 32);
  last.writeBigUInt64LE(1n, 48);
  return table;
}

function entriesOf(binary: Buffer, { offset, size }: Range, entrySize: number): Buffer[] {
  if (offset + size > binary.length) throw refusal("it is cut short");
  const starts = Array.from({ length: size / entrySize }, (_, index) => offset + index * entrySize);
  return starts.map((start) => binary.subarray(start, start + entrySize));
}

function rangeOf(entry: Buffer | undefined): Range {
  const type = entry?.readUInt32LE(4);
  // Memory that begins as zeros has a size, but no bytes in the file; the first entry has neither.
  if (entry === undefined || type === SHT.noBits || type === SHT.null) return { offset: 0, size: 0 };
  return { offset: longAt(entry, 24), size: longAt(entry, 32) };
}

function nameAt(names: Buffer, start: number): string {
  const end = names.indexOf(0, start);
  if (end === -1) throw refusal("a section has no name");
  return names.toString("latin1", start, end);
}

function endOf(ranges: readonly Range[]): number {
  return Math.max(...ranges.map(({ offset, size }) => offset + size));
}

/** Numbers beyond 2 to the 53 lose digits, and are beyond every file's end all the same. */
function longAt(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function refusal(reason: string): AppError {
  return new AppError("bad-data", `this Node for Linux cannot be stripped: ${reason}`, {
    hint: "Install Slipway again and remove its cache folder; if it stays, report it.",
  });
}
