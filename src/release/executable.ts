import { closeSync, openSync, readSync } from "node:fs";

// The first bytes of programs: ELF; Mach-O in both byte orders and widths; PE ("MZ"); a script ("#!").
const MAGIC: readonly (readonly number[])[] = [
  [0x7f, 0x45, 0x4c, 0x46],
  [0xcf, 0xfa, 0xed, 0xfe],
  [0xce, 0xfa, 0xed, 0xfe],
  [0xfe, 0xed, 0xfa, 0xcf],
  [0xfe, 0xed, 0xfa, 0xce],
  [0x4d, 0x5a],
  [0x23, 0x21],
];

// A fat Mach-O, and a Java class too: after it comes the number of slices, or the class file's version from 45 upwards.
const FAT_MACH_O = 0xcafebabe;
const LOWEST_CLASS_VERSION = 45;

/**
 * Whether the file is a program, by its mode or by its first bytes: the bit is lost in zip files and CI artifacts, and
 * Windows has none.
 */
export async function isExecutable(path: string, mode: number): Promise<boolean> {
  if ((mode & 0o111) !== 0) return true;
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(8);
    const head = buffer.subarray(0, readSync(file, buffer));
    if (head.length === 8 && head.readUInt32BE(0) === FAT_MACH_O) return head.readUInt32BE(4) < LOWEST_CLASS_VERSION;
    return MAGIC.some((magic) => magic.every((byte, position) => head[position] === byte));
  } finally {
    closeSync(file);
  }
}
