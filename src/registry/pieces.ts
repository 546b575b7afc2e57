import { algorithmOf, openHash } from "../oci/digest.ts";
import { type Bytes, digestMismatch, sizeMismatch } from "../oci/storage.ts";
import type { Upload } from "./uploadSession.ts";

/** Content that is sent in pieces. */
export interface Pieces extends AsyncDisposable {
  /**
   * The bytes from `start` up to `end`. A piece that begins where the last ended goes on reading; any other opens the
   * content anew. @throws AppError `bad-data` before the last byte of all when size or digest differ.
   */
  read(start: number, end: number): Bytes;
}

/**
 * Hashes each byte the first time that it passes, so that what is sent twice counts once. A second reading may differ
 * from the first: that only the server can see, which checks what it has.
 */
export function openPieces({ content, expected }: Pick<Upload, "content" | "expected">): Pieces {
  const hash = openHash(expected.digest);
  let hashed = 0;
  // One that broke off may still be waiting for the content when the next is read.
  let newest: Reading | undefined;
  /** Stands where the last piece ended. */
  let waiting: Reading | undefined;

  return {
    async *read(start, end) {
      const reading = waiting?.position === start ? waiting : openReading(checked(start), start);
      const left = waiting;
      [newest, waiting] = [reading, undefined];
      if (left !== reading) await left?.close();
      try {
        while (reading.position < end) {
          const chunk = await reading.next(end - reading.position);
          if (chunk === undefined) return;
          // Before the piece's last bytes leave: the answer may come before anybody asks for more.
          if (reading.position === end && newest === reading) waiting = reading;
          yield chunk;
        }
      } finally {
        if (waiting !== reading) await reading.close();
      }
    },
    async [Symbol.asyncDispose]() {
      await waiting?.close();
    },
  };

  async function* checked(start: number): Bytes {
    // A server that says it has more than was read gets no gap into the hash.
    let position = Math.min(start, hashed);
    let held: Uint8Array | undefined;
    for await (const chunk of content(position)) {
      position += chunk.byteLength;
      if (position > expected.size) throw sizeMismatch(expected, `at least ${position}`);
      if (position > hashed) {
        hash.update(chunk.subarray(chunk.byteLength - (position - hashed)));
        hashed = position;
      }
      const wanted = chunk.subarray(Math.max(0, start - (position - chunk.byteLength)));
      if (position < expected.size) yield wanted;
      else if (wanted.byteLength > 0) held = wanted;
    }
    if (position !== expected.size) throw sizeMismatch(expected, String(position));
    const actual = `${algorithmOf(expected.digest)}:${hash.copy().digest("hex")}`;
    if (actual !== expected.digest) throw digestMismatch(expected, actual);
    if (held !== undefined) yield held;
  }
}

interface Reading {
  readonly position: number;
  /** Some bytes, at most so many; undefined behind the last. */
  next(limit: number): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

function openReading(bytes: Bytes, start: number): Reading {
  const iterator = bytes[Symbol.asyncIterator]();
  let position = start;
  let rest: Uint8Array = new Uint8Array();
  return {
    get position() {
      return position;
    },
    async next(limit) {
      while (rest.byteLength === 0) {
        const { done, value } = await iterator.next();
        if (done === true) return undefined;
        rest = value;
      }
      const chunk = rest.subarray(0, limit);
      rest = rest.subarray(chunk.byteLength);
      position += chunk.byteLength;
      return chunk;
    },
    async close() {
      await iterator.return?.();
    },
  };
}
