import { type ElfFormat, readElfFormat } from "./elf.ts";
import { type MachOFormat, readMachOFormat } from "./machO.ts";
import { CutShort, type FileBytes, openBytes } from "./openBytes.ts";
import { type PeFormat, readPeFormat } from "./pe.ts";

/** What a file is to the systems that could start it. */
export type ProgramFormat =
  | ElfFormat
  | MachOFormat
  | PeFormat
  /** Begins with `#!` and the program that runs it. */
  | { readonly kind: "script"; readonly interpreter: string }
  /** Lacks what its own headers tell of: cut short, or changed. */
  | { readonly kind: "damaged"; readonly wanted: number; readonly size: number }
  /** Text without a first line that names who runs it. */
  | { readonly kind: "text" }
  /** Nothing that a system starts; `what` where it is known, as a part of a sentence. */
  | { readonly kind: "other"; readonly what: string };

const HEAD_BYTES = 512;

// What is published by mistake, by its first bytes.
const MISTAKES: readonly (readonly [bytes: string, what: string])[] = [
  ["PK\u0003\u0004", "a zip file"],
  ["\u001f\u008b", "a gzip file"],
  ["(\u00b5/\u00fd", "a zstd file"],
  ["\u00fd7zXZ", "an xz file"],
  ["BZh", "a bzip2 file"],
  ["!<arch>", "a library for linkers, or a Debian package"],
  ["\u00ed\u00ab\u00ee\u00db", "an RPM package"],
  ["\u0000asm", "a WebAssembly module"],
  ["version https://git-lfs", "a pointer of Git LFS, not the file itself"],
];

/** Reads what the file is from the file itself. @throws a system error when it cannot be read. */
export function readProgramFormat(path: string): ProgramFormat {
  using file = openBytes(path);
  try {
    return readKnown(file) ?? readOther(file.at(0, Math.min(HEAD_BYTES, file.size)));
  } catch (error) {
    if (error instanceof CutShort) return { kind: "damaged", wanted: error.wanted, size: file.size };
    throw error;
  }
}

function readKnown(file: FileBytes): ProgramFormat | undefined {
  if (file.size < 4) return undefined;
  const head = file.at(0, 4);
  if (head.readUInt32BE(0) === 0x7f454c46) return readElfFormat(file);
  if (head.toString("latin1", 0, 2) === "MZ") return readPeFormat(file) ?? { kind: "other", what: "a program for DOS" };
  return MACH_O.has(head.readUInt32BE(0)) ? readMachOFormat(file) : undefined;
}

const MACH_O: ReadonlySet<number> = new Set([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe, 0xcafebabf]);

function readOther(head: Buffer): ProgramFormat {
  const text = head.toString("latin1");
  if (text === "") return { kind: "other", what: "an empty file" };
  const [, interpreter] = /^#![ \t]*([^\n\r]*)/.exec(text) ?? [];
  if (interpreter !== undefined) return { kind: "script", interpreter: interpreter.trim() };
  const [, what] = MISTAKES.find(([bytes]) => text.startsWith(bytes)) ?? [];
  if (what !== undefined) return { kind: "other", what };
  if (head.every((byte) => byte === 0)) return { kind: "other", what: "a file of zeros" };
  if (/^\s*<(!doctype html|html)/i.test(text)) return { kind: "other", what: "a web page" };
  return head.includes(0) ? { kind: "other", what: "no format that is known here" } : { kind: "text" };
}
