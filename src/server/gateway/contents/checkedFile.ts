import { hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { SHARED_BYTES, type SharedBlock, type SharedBlocks } from "./sharedBlocks.ts";

/** A file that gives back what was written to it, or nothing. */
export interface CheckedFile {
  /** Writes the next block. Each is full, but for the last one. */
  append(file: FileHandle, block: Uint8Array): Promise<void>;
  /** Takes a block that is in the file already as the next one. */
  accept(block: Uint8Array): void;
  /** @throws BlockChanged. */
  read(file: FileHandle, index: number): Promise<SharedBlock>;
}

/** The disk does not give back what was written. */
export class BlockChanged extends Error {}

const SUM_BYTES = 32;
let opened = 0;

/**
 * Remembers a sum of each block, so that a disk's fault is seen before any of it is sent, in parts of the file too.
 *
 * @param size bytes that will come.
 */
export function openCheckedFile(size: number, blocks: SharedBlocks): CheckedFile {
  opened += 1;
  const name = String(opened);
  const sums = Buffer.alloc(Math.ceil(size / SHARED_BYTES) * SUM_BYTES);
  let count = 0;

  function accept(block: Uint8Array): void {
    hash("sha256", block, "buffer").copy(sums, count * SUM_BYTES);
    count += 1;
  }

  return {
    accept,

    async append(file, block) {
      await writeAll(file, block, count * SHARED_BYTES);
      accept(block);
    },

    async read(file, index) {
      return await blocks.take(`${name}/${index}`, async (memory) => {
        const start = index * SHARED_BYTES;
        const bytes = await readAt(file, memory.subarray(0, size - start), start).catch((cause: unknown) => {
          throw new BlockChanged(`block ${index} cannot be read`, { cause });
        });
        const sum = sums.subarray(index * SUM_BYTES, (index + 1) * SUM_BYTES);
        if (!hash("sha256", bytes, "buffer").equals(sum)) throw new BlockChanged(`block ${index} is another one`);
        return bytes;
      });
    },
  };
}

/** @returns less than the memory holds where the file ends. */
export async function readAt(file: FileHandle, memory: Uint8Array, start: number): Promise<Uint8Array> {
  let done = 0;
  while (done < memory.byteLength) {
    const { bytesRead } = await file.read(memory, done, memory.byteLength - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return memory.subarray(0, done);
}

/** A nearly full disk takes a part of what it is given, without an error: the next write tells. */
async function writeAll(file: FileHandle, bytes: Uint8Array, start: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, start + done);
    done += bytesWritten;
  }
}
