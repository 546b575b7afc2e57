import type { FileHandle } from "node:fs/promises";
import { giveBack } from "../../../blocks.ts";
import type { Descriptor } from "../../../oci/descriptor.ts";
import { type Bytes, sizeMismatch, verifyBytes } from "../../../oci/storage.ts";
import { type CheckedFile, readAt } from "./checkedFile.ts";
import type { Growth } from "./growth.ts";
import { SHARED_BYTES } from "./sharedBlocks.ts";

/** The disk does not take what comes: it can still be had, but not kept. */
export class DiskRefused extends Error {}

export interface Arrival {
  readonly content: Descriptor;
  readonly file: CheckedFile;
  readonly growth: Growth;
}

/**
 * Writes content to the file while others read what is there. @throws DiskRefused; what the content throws, which
 * verifies itself.
 */
export async function receive(bytes: Bytes, handle: FileHandle, { content, file, growth }: Arrival): Promise<void> {
  for await (const block of inBlocks(bytes)) {
    if (growth.reached + block.byteLength > content.size)
      throw sizeMismatch(content, `at least ${growth.reached + block.byteLength}`);
    try {
      await file.append(handle, block);
    } catch (cause) {
      throw new DiskRefused("the disk does not take it", { cause });
    }
    growth.grow(block.byteLength);
  }
  if (growth.reached !== content.size) throw sizeMismatch(content, String(growth.reached));
  growth.finish();
}

/** Looks whether a file of an earlier run holds what its name says. @throws AppError `bad-data`; what the disk says. */
export async function recognize(handle: FileHandle, { content, file, growth }: Arrival): Promise<void> {
  for await (const block of verifyBytes(blocksOf(handle), content)) {
    file.accept(block);
    growth.grow(block.byteLength);
  }
  growth.finish();
}

async function* blocksOf(handle: FileHandle): Bytes {
  const memory = Buffer.allocUnsafeSlow(SHARED_BYTES);
  for (let start = 0; ; start += SHARED_BYTES) {
    const block = await readAt(handle, memory, start);
    if (block.byteLength > 0) yield block;
    if (block.byteLength < SHARED_BYTES) return;
  }
}

/** The same bytes in full blocks, and one for what is left. Each may be used until the next one is asked for. */
async function* inBlocks(bytes: Bytes): Bytes {
  const memory = Buffer.allocUnsafeSlow(SHARED_BYTES);
  let filled = 0;
  for await (const chunk of bytes) {
    for (let taken = 0; taken < chunk.byteLength;) {
      const piece = chunk.subarray(taken, taken + SHARED_BYTES - filled);
      memory.set(piece, filled);
      taken += piece.byteLength;
      filled += piece.byteLength;
      if (filled < SHARED_BYTES) continue;
      yield memory;
      filled = 0;
    }
    giveBack(chunk);
  }
  if (filled > 0) yield memory.subarray(0, filled);
}
