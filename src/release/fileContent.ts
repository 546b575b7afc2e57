import { closeSync, createReadStream, openSync, readFileSync, readSync } from "node:fs";
import type { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import type { Content } from "../oci/storage.ts";

// Read at once: to hand so little to another thread takes longer than to read it.
const SMALL_BYTES = 1024 * 1024;
// A chunk costs the same on its way through a pipeline whether it is long or short.
const CHUNK_BYTES = 256 * 1024;

// Buffers that a file was read through, for the next one: new ones for each would be the garbage collector's work.
const spare: Buffer[] = [];

/** Shows a file's bytes from its beginning to its end, in a buffer that is used again. */
export async function readThrough(path: string, show: (chunk: Buffer) => void): Promise<void> {
  const buffer = spare.pop() ?? Buffer.allocUnsafe(SMALL_BYTES);
  const file = openSync(path, "r");
  try {
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      show(buffer.subarray(0, read));
      // Others' turns come between the megabytes of a large file.
      if (read === buffer.byteLength) await turn();
    }
  } finally {
    spare.push(buffer);
    closeSync(file);
  }
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
