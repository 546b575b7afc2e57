import { AppError } from "../../errors.ts";

/** What signing needs to know of an executable. Offsets and sizes are bytes. */
export interface MachO {
  readonly architecture: "arm64" | "x86_64";
  readonly commandCount: number;
  /** Where the load commands end, and the place up to which they may grow. */
  readonly commandsEnd: number;
  readonly commandsLimit: number;
  readonly text: Segment;
  /** The last segment, in the file and in memory. */
  readonly linkEdit: Segment;
  /** Where the content ends that a signature covers. */
  readonly contentEnd: number;
  /** Where the load command of a signature stands that is there already. */
  readonly signatureCommand: number | undefined;
}

export interface Segment {
  readonly name: string;
  /** Where its load command stands. */
  readonly command: number;
  readonly address: number;
  readonly memorySize: number;
  readonly offset: number;
  readonly size: number;
}

/** Fields of `struct mach_header_64` in <mach-o/loader.h>. */
export const HEADER = { magic: 0, cpu: 4, fileType: 12, commandCount: 16, commandsSize: 20, length: 32 } as const;

/** Fields of `struct segment_command_64`, from the command's own start. */
export const SEGMENT = {
  name: 8,
  address: 24,
  memorySize: 32,
  offset: 40,
  size: 48,
  sectionCount: 64,
  length: 72,
} as const;

/** `struct linkedit_data_command`, with which a signature is found. */
export const SIGNATURE_COMMAND = { kind: 0x1d, offset: 8, size: 12, length: 16 } as const;

const MAGIC_64 = 0xfeedfacf;
const EXECUTABLE = 2;
const ARCHITECTURES: Readonly<Record<number, MachO["architecture"]>> = { 0x0100000c: "arm64", 0x01000007: "x86_64" };
const SEGMENT_COMMAND = 0x19;
// Of `struct section_64`.
const SECTION_LENGTH = 80;
const SECTION_OFFSET = 48;

/**
 * Reads the load commands of a thin 64-bit executable.
 *
 * @throws AppError `bad-data` for anything else, and for one whose end is not that of `__LINKEDIT`: the system starts
 * no signed file with bytes behind it.
 */
export function readMachO(file: Buffer): MachO {
  const architecture = readArchitecture(file);
  const commandsEnd = HEADER.length + file.readUInt32LE(HEADER.commandsSize);
  if (commandsEnd > file.byteLength) throw broken("its load commands are cut off");
  const segments: Segment[] = [];
  // What stands in the file behind the load commands.
  const contents: number[] = [];
  let signatureCommand: number | undefined;
  for (const { kind, start, length } of eachCommand(file, commandsEnd)) {
    if (kind === SIGNATURE_COMMAND.kind && length >= SIGNATURE_COMMAND.length) signatureCommand = start;
    if (kind !== SEGMENT_COMMAND) continue;
    const segment = readSegment(file, start, length);
    segments.push(segment);
    contents.push(segment.offset, ...sectionOffsets(file, start, length));
  }
  const [text, linkEdit] = [findSegment(segments, "__TEXT"), findLinkEdit(segments, file.byteLength)];
  return {
    architecture,
    commandCount: file.readUInt32LE(HEADER.commandCount),
    commandsEnd,
    // Sections and segments that are only memory have no offset.
    commandsLimit: Math.min(...contents.filter((offset) => offset > 0)),
    text,
    linkEdit,
    contentEnd: signatureCommand === undefined ? file.byteLength : signatureStart(file, signatureCommand, linkEdit),
    signatureCommand,
  };
}

export function broken(what: string): AppError {
  return new AppError("bad-data", `this is no executable for a Mac that can be signed: ${what}`, {
    hint: "Remove Slipway's cache folder and build again.",
  });
}

function readArchitecture(file: Buffer): MachO["architecture"] {
  if (file.byteLength < HEADER.length || file.readUInt32LE(HEADER.magic) !== MAGIC_64)
    throw broken("expected a 64-bit Mach-O file for one architecture");
  const architecture = ARCHITECTURES[file.readUInt32LE(HEADER.cpu)];
  if (architecture === undefined) throw broken("expected one for arm64 or x86_64");
  if (file.readUInt32LE(HEADER.fileType) !== EXECUTABLE) throw broken("expected a program, not a library");
  return architecture;
}

function* eachCommand(file: Buffer, end: number) {
  let start: number = HEADER.length;
  for (let left = file.readUInt32LE(HEADER.commandCount); left > 0; left -= 1) {
    const length = start + 8 <= end ? file.readUInt32LE(start + 4) : 0;
    if (length < 8 || start + length > end) throw broken("its load commands are damaged");
    yield { kind: file.readUInt32LE(start), start, length };
    start += length;
  }
  if (start !== end) throw broken("its load commands are damaged");
}

function readSegment(file: Buffer, command: number, length: number): Segment {
  if (length < SEGMENT.length) throw broken("a segment is damaged");
  const number = (field: number): number => Number(file.readBigUInt64LE(command + field));
  const [name = ""] = file.toString("latin1", command + SEGMENT.name, command + SEGMENT.address).split("\0");
  return {
    name,
    command,
    address: number(SEGMENT.address),
    memorySize: number(SEGMENT.memorySize),
    offset: number(SEGMENT.offset),
    size: number(SEGMENT.size),
  };
}

function sectionOffsets(file: Buffer, command: number, length: number): number[] {
  const count = file.readUInt32LE(command + SEGMENT.sectionCount);
  if (SEGMENT.length + count * SECTION_LENGTH > length) throw broken("a segment is damaged");
  return Array.from({ length: count }, (_, index) =>
    file.readUInt32LE(command + SEGMENT.length + index * SECTION_LENGTH + SECTION_OFFSET),
  );
}

function findSegment(segments: readonly Segment[], name: string): Segment {
  const found = segments.find((segment) => segment.name === name);
  if (found === undefined) throw broken(`it has no ${name}`);
  return found;
}

function findLinkEdit(segments: readonly Segment[], end: number): Segment {
  const linkEdit = findSegment(segments, "__LINKEDIT");
  for (const { name, address, memorySize, offset, size } of segments) {
    if (name === linkEdit.name) continue;
    if (address + memorySize > linkEdit.address || offset + size > linkEdit.offset)
      throw broken(`${name} lies behind __LINKEDIT, or in it`);
  }
  if (linkEdit.offset + linkEdit.size !== end) throw broken("it does not end where __LINKEDIT ends");
  return linkEdit;
}

function signatureStart(file: Buffer, command: number, linkEdit: Segment): number {
  const start = file.readUInt32LE(command + SIGNATURE_COMMAND.offset);
  const end = start + file.readUInt32LE(command + SIGNATURE_COMMAND.size);
  if (start < linkEdit.offset || end !== file.byteLength) throw broken("its signature is not at its end");
  return start;
}
