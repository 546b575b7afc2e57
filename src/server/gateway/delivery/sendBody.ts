import type { ServerResponse } from "node:http";
import { unlessAborted } from "../../../abort.ts";
import { SHARED_BYTES } from "../contents/sharedBlocks.ts";

export interface BodyOptions {
  /** The body's bytes, as its head has promised them. */
  readonly length: number;
  /**
   * Milliseconds in which a visitor has to take a block of 128 KiB, so that nobody keeps a place by taking a little of it
   * now and then: with a minute, 2 KiB a second.
   */
  readonly stallTimeout: number;
  /** Aborts when the connection has closed. */
  readonly signal: AbortSignal;
}

export interface Sent {
  /** As far as the system has taken them. */
  readonly bytes: number;
  readonly end: "sent" | "left" | "stalled" | "failed";
  readonly error?: unknown;
}

/**
 * Sends one chunk after the other, each when the system has taken the one before. What fails ends the connection, so that
 * nobody takes what they have for the whole.
 */
export async function sendBody(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
  { length, stallTimeout, signal }: BodyOptions,
): Promise<Sent> {
  let bytes = 0;
  let writing = false;
  // Node's own timer begins anew with every byte, and runs also while we wait for content, which is nobody's fault.
  response.setTimeout(0);
  try {
    for await (const chunk of chunks) {
      writing = true;
      await write(response, chunk, { stallTimeout, signal });
      writing = false;
      bytes += chunk.byteLength;
    }
    if (bytes !== length) throw new Error(`sent ${bytes} of ${length} bytes`);
    response.end();
    return { bytes, end: "sent" };
  } catch (error) {
    response.destroy();
    if (error instanceof Stalled) return { bytes, end: "stalled" };
    // A write may fail before the connection is known to have closed.
    return signal.aborted || writing ? { bytes, end: "left" } : { bytes, end: "failed", error };
  }
}

class Stalled extends Error {}

/** Until the system has taken all of it: the chunk's memory is used again afterwards. @throws Stalled. */
async function write(
  response: ServerResponse,
  chunk: Uint8Array,
  { stallTimeout, signal }: Omit<BodyOptions, "length">,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const time = stallTimeout * Math.max(1, chunk.byteLength / SHARED_BYTES);
  const timer = setTimeout(() => reject(new Stalled()), time);
  try {
    response.write(chunk, (error) => (error === null || error === undefined ? resolve() : reject(error)));
    await unlessAborted(promise, signal);
  } finally {
    clearTimeout(timer);
  }
}
