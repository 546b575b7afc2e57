import { readdir } from "node:fs/promises";
import type { Descriptor } from "../../../../../src/oci/descriptor.ts";
import { encodedOf } from "../../../../../src/oci/digest.ts";
import type { OpenContent } from "../../../../../src/server/gateway/contents/contents.ts";
import { SHARED_BYTES } from "../../../../../src/server/gateway/contents/sharedBlocks.ts";
import { blobOf, collect, noise } from "../../../../support/bytes.ts";
import { asItIs, NEVER, type TestContents } from "../scriptedShelf.ts";

// Several blocks, and a bit.
export const BLOCK = SHARED_BYTES;
export const SIZE = 4 * BLOCK + 70_000;
export const bytes = noise(SIZE);
export const blob = blobOf(bytes);
export const other = noise(SIZE, "other");
export const WHOLE = { start: 0, end: SIZE };

/** Opens, reads and lets go. */
export async function read({ contents }: TestContents, wanted = asItIs(blob), span = WHOLE): Promise<Buffer> {
  await using content = await contents.open(wanted, NEVER);
  return await collect(copied(content, span));
}

/** Chunks are valid until the next one is asked for: kept ones have to be copies. */
export async function* copied(content: OpenContent, span: { start: number; end: number }): AsyncGenerator<Buffer> {
  for await (const chunk of content.read(span)) yield Buffer.from(chunk);
}

export async function take(chunks: AsyncIterator<Uint8Array>, count: number): Promise<Buffer> {
  const taken: Buffer[] = [];
  for (let size = 0; size < count;) {
    const next = await chunks.next();
    if (next.done === true) throw new Error(`ended after ${size} bytes`);
    taken.push(Buffer.from(next.value));
    size += next.value.byteLength;
  }
  return Buffer.concat(taken);
}

export async function untilSettled(path: string, name: string): Promise<void> {
  while (!(await readdir(path)).includes(name)) await new Promise(setImmediate);
}

export const nameOf = ({ digest }: Descriptor): string => encodedOf(digest);
