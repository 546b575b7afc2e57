import { CutShort, type FileBytes } from "./openBytes.ts";

// From "PE Format" of Microsoft's.
const PE = 0x50450000;
const MACHINES: ReadonlyMap<number, string> = new Map([
  [0x14c, "386"],
  [0x8664, "amd64"],
  [0xaa64, "arm64"],
  // Arm64EC and Arm64X.
  [0xa641, "arm64"],
  [0xa64e, "arm64"],
  [0x1c4, "arm"],
]);
const LIBRARY = 0x2000;
const SUBSYSTEMS: ReadonlyMap<number, "window" | "console"> = new Map([
  [2, "window"],
  [3, "console"],
]);
const SECTION_BYTES = 40;

export interface PeFormat {
  readonly kind: "pe";
  /** By Go's name, or the number that no name is known for. */
  readonly architecture: string;
  /** Whether Windows gives it a console; undefined for what is no program for people. */
  readonly subsystem: "window" | "console" | undefined;
  /** Whether it can be started, rather than loaded by something else. */
  readonly startable: boolean;
}

/** @returns undefined for a DOS program, which begins in the same way. @throws CutShort. */
export function readPeFormat(file: FileBytes): PeFormat | undefined {
  if (file.size < 64) return undefined;
  const start = file.at(60, 4).readUInt32LE(0);
  if (start + 4 > file.size) throw new CutShort(start + 4);
  if (file.at(start, 4).readUInt32BE(0) !== PE) return undefined;
  const head = file.at(start + 4, 20);
  const [machine, sectionCount] = [head.readUInt16LE(0), head.readUInt16LE(2)];
  const [optionalSize, characteristics] = [head.readUInt16LE(16), head.readUInt16LE(18)];
  const subsystem = optionalSize < 70 ? 0 : file.at(start + 24 + 68, 2).readUInt16LE(0);
  checkSections(file, file.at(start + 24 + optionalSize, sectionCount * SECTION_BYTES));
  return {
    kind: "pe",
    architecture: MACHINES.get(machine) ?? `machine 0x${machine.toString(16)}`,
    subsystem: SUBSYSTEMS.get(subsystem),
    startable: (characteristics & LIBRARY) === 0,
  };
}

function checkSections(file: FileBytes, table: Buffer): void {
  for (let at = 0; at < table.byteLength; at += SECTION_BYTES) {
    const [inMemory, inFile, offset] = [8, 16, 20].map((field) => table.readUInt32LE(at + field));
    if (inMemory === undefined || inFile === undefined || offset === undefined || inFile === 0) continue;
    // What is in the file is rounded up, and a linker may leave out the last of it.
    const end = offset + Math.min(inMemory === 0 ? inFile : inMemory, inFile);
    if (end > file.size) throw new CutShort(end);
  }
}
