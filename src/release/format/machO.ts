import { CutShort, type FileBytes, partOf } from "./openBytes.ts";

// From <mach-o/loader.h>, <mach-o/fat.h>, <mach/machine.h> and <kern/cs_blobs.h>.
const THIN_64 = 0xfeedfacf;
const THIN_32 = 0xfeedface;
const FAT_32 = 0xcafebabe;
const FAT_64 = 0xcafebabf;
// A Java class begins with the same bytes, and goes on with its version, from 45 upwards.
const LOWEST_CLASS_VERSION = 45;
const CPUS: ReadonlyMap<number, string> = new Map([
  [0x0100000c, "arm64"],
  [0x01000007, "amd64"],
  [7, "386"],
  [12, "arm"],
  [18, "ppc"],
]);
const EXECUTABLE = 2;
const [SEGMENT_32, SEGMENT_64, CODE_SIGNATURE] = [0x1, 0x19, 0x1d];
const EMBEDDED_SIGNATURE = 0xfade0cc0;
const CMS_SLOT = 0x10000;
// A blob's own head: with no more than that there is no certificate in it.
const EMPTY_BLOB = 8;
const MAX_BLOBS = 64;

/** Whose word stands behind a Mac's program: nobody's, its own (which arm64 Macs want at least), or a certificate's. */
export type MacSignature = "none" | "ad-hoc" | "certificate" | "damaged";

export interface MachOSlice {
  /** By Go's name, or the number that no name is known for. */
  readonly architecture: string;
  readonly signature: MacSignature;
  /** Whether it can be started, rather than loaded by something else. */
  readonly startable: boolean;
}

export interface MachOFormat {
  readonly kind: "mach-o";
  /** One, or several in a universal file. */
  readonly slices: readonly MachOSlice[];
}

/** @throws CutShort. */
export function readMachOFormat(file: FileBytes): MachOFormat | undefined {
  const magic = file.at(0, 4).readUInt32BE(0);
  if (magic === FAT_32 || magic === FAT_64) {
    const count = file.at(4, 4).readUInt32BE(0);
    if (count >= LOWEST_CLASS_VERSION) return undefined;
    return { kind: "mach-o", slices: readSlices(file, { count, wide: magic === FAT_64 }) };
  }
  const slice = readSlice(file);
  return slice === undefined ? undefined : { kind: "mach-o", slices: [slice] };
}

function readSlices(file: FileBytes, { count, wide }: { count: number; wide: boolean }): MachOSlice[] {
  const length = wide ? 32 : 20;
  const table = file.at(8, count * length);
  return Array.from({ length: count }).flatMap((_, index) => {
    const at = index * length;
    const [start, size] = wide
      ? [Number(table.readBigUInt64BE(at + 8)), Number(table.readBigUInt64BE(at + 16))]
      : [table.readUInt32BE(at + 8), table.readUInt32BE(at + 12)];
    return readSlice(partOf(file, start, size)) ?? [];
  });
}

function readSlice(file: FileBytes): MachOSlice | undefined {
  const head = file.at(0, 28);
  const little = [THIN_64, THIN_32].includes(head.readUInt32LE(0));
  if (!little && ![THIN_64, THIN_32].includes(head.readUInt32BE(0))) return undefined;
  const read = (bytes: Buffer, at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const wide = read(head, 0) === THIN_64;
  const [cpu, type, count, size] = [read(head, 4), read(head, 12), read(head, 16), read(head, 20)];
  const commands = file.at(wide ? 32 : 28, size);
  let signature: MacSignature = "none";
  for (let at = 0, left = count; left > 0 && at + 8 <= size; left -= 1) {
    const [kind, length] = [read(commands, at), read(commands, at + 4)];
    if (length < 8 || at + length > size) throw new CutShort(at + length);
    const command = commands.subarray(at, at + length);
    if (kind === SEGMENT_64 || kind === SEGMENT_32) checkSegment(command, { file, wide: kind === SEGMENT_64, read });
    if (kind === CODE_SIGNATURE && length >= 16)
      signature = readSignature(file, { start: read(command, 8), size: read(command, 12) });
    at += length;
  }
  return { architecture: CPUS.get(cpu) ?? `processor ${cpu}`, signature, startable: type === EXECUTABLE };
}

interface SegmentReader {
  readonly file: FileBytes;
  readonly wide: boolean;
  readonly read: (bytes: Buffer, at: number) => number;
}

function checkSegment(command: Buffer, { file, wide, read }: SegmentReader): void {
  const end =
    wide && command.byteLength >= 56
      ? Number(command.readBigUInt64LE(40)) + Number(command.readBigUInt64LE(48))
      : !wide && command.byteLength >= 40
        ? read(command, 32) + read(command, 36)
        : 0;
  if (end > file.size) throw new CutShort(end);
}

/** Everything in a signature is big-endian. */
function readSignature(file: FileBytes, { start, size }: { start: number; size: number }): MacSignature {
  const at = (position: number): number => file.at(start + position, 4).readUInt32BE(0);
  try {
    if (size < 12 || at(0) !== EMBEDDED_SIGNATURE || at(4) > size) return "damaged";
    for (let index = 0; index < Math.min(at(8), MAX_BLOBS); index += 1) {
      if (at(12 + index * 8) !== CMS_SLOT) continue;
      return at(at(16 + index * 8) + 4) > EMPTY_BLOB ? "certificate" : "ad-hoc";
    }
    return "ad-hoc";
  } catch (error) {
    if (error instanceof CutShort) return "damaged";
    throw error;
  }
}
