import { open } from "node:fs/promises";

// The first bytes of programs: ELF; Mach-O in both byte orders and widths, and fat; PE ("MZ"); a script ("#!").
const MAGIC: readonly (readonly number[])[] = [
  [0x7f, 0x45, 0x4c, 0x46],
  [0xcf, 0xfa, 0xed, 0xfe],
  [0xce, 0xfa, 0xed, 0xfe],
  [0xfe, 0xed, 0xfa, 0xcf],
  [0xfe, 0xed, 0xfa, 0xce],
  [0xca, 0xfe, 0xba, 0xbe],
  [0x4d, 0x5a],
  [0x23, 0x21],
];

/**
 * Whether the file is a program, by its mode or by its first bytes: the bit is lost in zip files and CI artifacts, and
 * Windows has none.
 */
export async function isExecutable(path: string, mode: number): Promise<boolean> {
  if ((mode & 0o111) !== 0) return true;
  const file = await open(path, "r");
  try {
    const head = Buffer.alloc(4);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return MAGIC.some((magic) => magic.length <= bytesRead && magic.every((byte, position) => head[position] === byte));
  } finally {
    await file.close();
  }
}
