import { applyDelta } from "../delta/applyDelta.ts";
import { AppError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import { type Bytes, fetchBytes, type Storage, verifyBytes } from "../oci/storage.ts";
import type { HeldContents } from "./heldContents.ts";
import type { Way } from "./planFetch.ts";

/** A layer's content cannot be made of what is here, for whatever reason: it has to come whole. */
export class Doubt extends AppError {
  readonly layer: Digest;

  constructor(layer: Digest, cause: unknown) {
    super("bad-data", cause instanceof Error ? cause.message : String(cause), { cause });
    this.layer = layer;
  }
}

export interface PlainContents {
  /**
   * Content that does not travel whole, verified: of what a delta makes, not a byte is given away before all of it is
   * right. @throws Doubt.
   */
  open(layer: Digest, way: Exclude<Way, { readonly kind: "whole" }>, signal: AbortSignal): Bytes;
}

/** @param blobs where deltas are. */
export function openPlainContents(held: HeldContents, blobs: Storage): PlainContents {
  const inTurn = openTurns();
  return {
    open(layer, way, signal) {
      const content = way.kind === "here" ? held.open(way.plain) : inTurn(() => makeContent(way, signal));
      return doubting(content, layer, signal);
    },
  };

  async function* makeContent({ delta, plain }: Way & { readonly kind: "delta" }, signal: AbortSignal): Bytes {
    const { descriptor, from } = delta;
    const size = held.sizeOf(from) ?? 0;
    const before = await gather(held.open({ digest: from, size }), size, signal);
    const patch = await fetchBytes(blobs, descriptor, { limit: descriptor.size, signal });
    const made = applyDelta(before, patch, { size: plain.size, signal });
    const after: Uint8Array[] = [];
    for await (const chunk of verifyBytes(made, { ...descriptor, ...plain })) after.push(chunk);
    yield* after;
  }
}

/** In one piece of memory: what is verified is as long as it should be. */
async function gather(content: Bytes, size: number, signal: AbortSignal): Promise<Uint8Array> {
  const gathered = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  for await (const chunk of content) {
    signal.throwIfAborted();
    gathered.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return gathered;
}

/** One at a time: each has old and new content in memory. */
function openTurns(): (open: () => Bytes) => Bytes {
  let last: Promise<void> = Promise.resolve();
  return async function* (open) {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    try {
      await before;
      yield* open();
    } finally {
      resolve();
    }
  };
}

async function* doubting(content: Bytes, layer: Digest, signal: AbortSignal): Bytes {
  try {
    yield* content;
  } catch (error) {
    signal.throwIfAborted();
    throw new Doubt(layer, error);
  }
}
