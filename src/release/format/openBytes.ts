import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** A file that is read here and there. */
export interface FileBytes extends Disposable {
  readonly size: number;
  /** @throws CutShort when the file ends before. */
  at(position: number, length: number): Buffer;
}

/** The file ends before what its own headers tell of. */
export class CutShort extends Error {
  readonly wanted: number;

  constructor(wanted: number) {
    super(`the file ends before byte ${wanted}`);
    this.wanted = wanted;
  }
}

// No table in a program's headers is longer: a forged count shall not take our memory.
const MAX_LENGTH = 1024 * 1024;

/** @throws a system error when it cannot be read. */
export function openBytes(path: string): FileBytes {
  const file = openSync(path, "r");
  const { size } = fstatSync(file);
  return {
    size,
    at(position, length) {
      const end = position + length;
      if (end > size || length > MAX_LENGTH) throw new CutShort(end);
      const bytes = Buffer.alloc(length);
      if (readSync(file, bytes, 0, length, position) < length) throw new CutShort(end);
      return bytes;
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

/** A part of it, as a file of its own. */
export function partOf(bytes: FileBytes, start: number, size: number): FileBytes {
  if (start + size > bytes.size) throw new CutShort(start + size);
  return {
    size,
    at(position, length) {
      if (position + length > size) throw new CutShort(start + position + length);
      return bytes.at(start + position, length);
    },
    [Symbol.dispose]: () => undefined,
  };
}
