// Memory for content on its way from the network to the disk, or back. New memory for each megabyte costs as much as
// reading it: the system fills it with zeros, and the garbage collector looks for it.

/** Most bytes of a block. A chunk costs the same on its way through a pipeline whether it is long or short. */
export const BLOCK_BYTES = 256 * 1024;
// Smaller ones cost nothing to speak of.
const MIN_LENT_BYTES = 64 * 1024;
const MAX_SPARE = 16;

const spare: ArrayBuffer[] = [];
const lent = new WeakMap<ArrayBufferLike, number>();

/** @param size bytes, at most {@link BLOCK_BYTES}. What is in it is undefined. */
export function takeBlock(size: number): Buffer<ArrayBuffer> {
  if (size < MIN_LENT_BYTES) return Buffer.allocUnsafe(size);
  const memory = spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES).buffer;
  lent.set(memory, size);
  return Buffer.from(memory, 0, size);
}

/** Lets a block be used again by others, if the chunk is all of one. Whoever calls it is the last who looks at it. */
export function giveBack(chunk: Uint8Array): void {
  const memory = chunk.buffer;
  if (!(memory instanceof ArrayBuffer) || chunk.byteOffset !== 0 || lent.get(memory) !== chunk.byteLength) return;
  lent.delete(memory);
  if (spare.length < MAX_SPARE) spare.push(memory);
}
