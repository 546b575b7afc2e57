import { CutShort, type FileBytes } from "./openBytes.ts";

/** From elf(5) and its registries of numbers. */
const MACHINES: ReadonlyMap<number, string> = new Map([
  [3, "386"],
  [8, "mips"],
  [20, "ppc"],
  [21, "ppc64"],
  [22, "s390x"],
  [40, "arm"],
  [62, "amd64"],
  [183, "arm64"],
  [243, "riscv64"],
  [258, "loong64"],
]);
// EI_OSABI. Linux programs mostly say 0, which is nobody in particular.
const SYSTEMS: ReadonlyMap<number, string> = new Map([
  [2, "netbsd"],
  [6, "solaris"],
  [9, "freebsd"],
  [12, "openbsd"],
]);
const [LITTLE, BIG] = [1, 2];
const CLASS_64 = 2;
const EXECUTABLE = 2;
const SHARED = 3;
const [PT_LOAD, PT_INTERP] = [1, 3];
const MAX_PATH = 4096;

export interface ElfFormat {
  readonly kind: "elf";
  /** By Go's name, or the number that no name is known for. */
  readonly architecture: string;
  /** The system that it says it is for. */
  readonly system: string | undefined;
  /** The program that loads it with its libraries; undefined for a static one. */
  readonly loader: string | undefined;
  /** Whether it may be started: a library looks like a static program that may lie anywhere. */
  readonly startable: boolean;
}

/** Of 32 and 64 bits, in either order of bytes. @throws CutShort. */
export function readElfFormat(file: FileBytes): ElfFormat | undefined {
  const head = file.at(0, 20);
  const [wide, order] = [head[4] === CLASS_64, head[5]];
  if (order !== LITTLE && order !== BIG) return undefined;
  const read = numbersOf(order === LITTLE);
  const machine = read(head, 18, 2);
  const type = read(head, 16, 2);
  const named = MACHINES.get(machine) ?? `machine ${machine}`;
  const architecture = ["mips", "ppc64"].includes(named) && order === LITTLE ? `${named}le` : named;
  const rest = file.at(0, wide ? 64 : 52);
  const table = wide ? read(rest, 32, 8) : read(rest, 28, 4);
  const [entrySize, count] = wide ? [read(rest, 54, 2), read(rest, 56, 2)] : [read(rest, 42, 2), read(rest, 44, 2)];
  // Entries of no length would never end.
  if (entrySize < (wide ? 56 : 32)) return undefined;
  const entries = file.at(table, entrySize * count);
  let loader: string | undefined;
  for (let at = 0; at + entrySize <= entries.byteLength; at += entrySize) {
    const kind = read(entries, at, 4);
    const [offset, size] = wide
      ? [read(entries, at + 8, 8), read(entries, at + 32, 8)]
      : [read(entries, at + 4, 4), read(entries, at + 16, 4)];
    if (kind === PT_LOAD && offset + size > file.size) throw new CutShort(offset + size);
    if (kind === PT_INTERP) loader = file.at(offset, Math.min(size, MAX_PATH)).toString("utf8").replace(/\0.*$/s, "");
  }
  const system = SYSTEMS.get(head[7] ?? 0);
  return { kind: "elf", architecture, system, loader, startable: type === EXECUTABLE || type === SHARED };
}

function numbersOf(little: boolean): (bytes: Buffer, at: number, length: 2 | 4 | 8) => number {
  return (bytes, at, length) => {
    if (length === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    return little ? bytes.readUIntLE(at, length) : bytes.readUIntBE(at, length);
  };
}
