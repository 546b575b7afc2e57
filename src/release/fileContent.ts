import { closeSync, createReadStream, openSync, readFileSync, readSync } from "node:fs";
import type { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import type { Content } from "../oci/storage.ts";

// Read at once: to hand so little to another thread takes longer than to read it.
const SMALL_BYTES = 1024 * 1024;
// A chunk costs the same on its way through a pipeline whether it is long or short.
const CHUNK_BYTES = 256 * 1024;

// Buffers that a file was read into, for the next one: new ones for each would be the garbage collector's work.
const spare: Buffer[] = [];
const MAX_SPARE = 16;

/** All of a small file's bytes, in memory that is used again after `release`. */
export interface HeldFile {
  readonly bytes: Uint8Array;
  release(): void;
}

/**
 * Shows a file's bytes from its beginning to its end, in a buffer that is used again.
 *
 * @returns the bytes of a file that fits into that buffer: they stay until they are released.
 */
export async function readThrough(path: string, show: (chunk: Buffer) => void): Promise<HeldFile | undefined> {
  const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES);
  const release = (): void => {
    if (spare.length < MAX_SPARE) spare.push(buffer);
  };
  let filled = 0;
  let fits = true;
  const file = openSync(path, "r");
  try {
    for (;;) {
      const read = readSync(file, buffer, filled, buffer.byteLength - filled, null);
      if (read === 0) break;
      show(buffer.subarray(filled, filled + read));
      filled += read;
      if (filled < buffer.byteLength) continue;
      [filled, fits] = [0, false];
      // Others' turns come between the megabytes of a large file.
      await turn();
    }
    if (fits) return { bytes: buffer.subarray(0, filled), release };
  } catch (error) {
    fits = false;
    throw error;
  } finally {
    if (!fits) release();
    closeSync(file);
  }
  return undefined;
}

/** @param size bytes that the file has. */
export function contentOfFile(path: string, size: number): Content {
  if (size > SMALL_BYTES) return (offset) => openFile(path, offset) as AsyncIterable<Uint8Array>;
  return async function* (offset) {
    yield readFileSync(path).subarray(offset);
  };
}

export function openFile(path: string, start = 0): Readable {
  return createReadStream(path, { start, highWaterMark: CHUNK_BYTES });
}
