import type { FileHandle } from "node:fs/promises";
import { giveBack } from "../../../blocks.ts";
import type { Bytes } from "../../../oci/storage.ts";
import type { CheckedFile } from "./checkedFile.ts";
import type { Growth } from "./growth.ts";
import { SHARED_BYTES, type SharedBlock } from "./sharedBlocks.ts";

/** Bytes from `start` up to `end`, without it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Followed {
  readonly file: CheckedFile;
  readonly handle: FileHandle;
  readonly growth: Growth;
}

/** Reads a part of a file that may still grow. What ends the part is held back until the whole file is right. */
export async function* followPart(
  { file, handle, growth }: Followed,
  { start, end }: Span,
  signal: AbortSignal,
): Bytes {
  const lastBlock = blockOf(end - 1);
  let position = start;
  // The disk and the hash work while the reader takes what is there.
  let ahead: Promise<SharedBlock> | undefined;
  try {
    while (position < end || !growth.whole) {
      growth.check();
      const index = blockOf(position);
      const isThere = growth.whole || (index < lastBlock && (index + 1) * SHARED_BYTES <= growth.reached);
      if (!isThere) {
        await growth.next(signal);
        continue;
      }
      const block = await (ahead ?? file.read(handle, index));
      ahead = growth.whole && index < lastBlock ? file.read(handle, index + 1) : undefined;
      // Nobody may wait for it any more when it fails.
      ahead?.catch(() => undefined);
      try {
        const offset = index * SHARED_BYTES;
        const bytes = block.bytes.subarray(position - offset, end - offset);
        position += bytes.byteLength;
        yield bytes;
      } finally {
        block.release();
      }
    }
  } finally {
    (await ahead?.catch(() => undefined))?.release();
  }
}

function blockOf(position: number): number {
  return Math.floor(position / SHARED_BYTES);
}

/** Cuts a part out of content that comes whole, and holds back what ends the part until the content has ended well. */
export async function* cutPart(content: Bytes, { start, end }: Span): Bytes {
  let position = 0;
  let held: { readonly chunk: Uint8Array; readonly bytes: Uint8Array } | undefined;
  for await (const chunk of content) {
    const bytes = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position));
    position += chunk.byteLength;
    if (bytes.byteLength === 0) {
      giveBack(chunk);
      continue;
    }
    if (held !== undefined) {
      yield held.bytes;
      giveBack(held.chunk);
    }
    held = { chunk, bytes };
  }
  if (held !== undefined) yield held.bytes;
}
