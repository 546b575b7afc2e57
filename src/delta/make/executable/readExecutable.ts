import { readElf } from "./elf.ts";
import { readMachO } from "./machO.ts";
import { readPe } from "./pe.ts";
import type { Executable } from "./sections.ts";

const READERS = [readElf, readPe, readMachO];

/** @returns undefined for what is no 64-bit executable, or is damaged: whatever it is, it is bytes. */
export function readExecutable(bytes: Uint8Array): Executable | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const read of READERS) {
    try {
      const found = read(view);
      if (found !== undefined) return found;
    } catch {
      // Cut short.
    }
  }
  return undefined;
}
