import type { ServerResponse } from "node:http";
import { unlessAborted } from "../../../abort.ts";

export interface BodyOptions {
  /** The body's bytes, as its head has promised them. */
  readonly length: number;
  /** Milliseconds. */
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
  let stalled = false;
  // Node's own timer does not fire while a slow reader takes something. While we wait for content it is nobody's fault.
  const onTimeout = (): void => {
    if (!writing) return;
    stalled = true;
    response.destroy();
  };
  response.setTimeout(stallTimeout);
  response.on("timeout", onTimeout);
  try {
    for await (const chunk of chunks) {
      writing = true;
      await write(response, chunk, signal);
      writing = false;
      bytes += chunk.byteLength;
    }
    if (bytes !== length) throw new Error(`sent ${bytes} of ${length} bytes`);
    response.end();
    return { bytes, end: "sent" };
  } catch (error) {
    response.destroy();
    if (stalled) return { bytes, end: "stalled" };
    // A write may fail before the connection is known to have closed.
    return signal.aborted || writing ? { bytes, end: "left" } : { bytes, end: "failed", error };
  } finally {
    response.off("timeout", onTimeout);
  }
}

/** Until the system has taken all of it: the chunk's memory is used again afterwards. */
async function write(response: ServerResponse, chunk: Uint8Array, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  response.write(chunk, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  await unlessAborted(promise, signal);
}
