import { zstdDecompressSync } from "node:zlib";
import { AppError } from "../errors.ts";

export interface ApplyOptions {
  /** Bytes that come out of it: a delta that makes more is wrong. */
  readonly size: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The content that a delta makes from another, in chunks of any length. Timers and signals get their turn between
 * them. It is the caller's to check the digest, as of whatever came from elsewhere.
 *
 * @throws AppError `bad-data` for a delta that is none, or not for this content.
 */
export async function* applyDelta(
  before: Uint8Array,
  delta: Uint8Array,
  { size, signal }: ApplyOptions,
): AsyncGenerator<Uint8Array, void> {
  signal?.throwIfAborted();
  try {
    yield zstdDecompressSync(delta, { dictionary: before, maxOutputLength: size });
  } catch (cause) {
    throw new AppError("bad-data", "the delta makes no sense", { hint: "The publisher must push it again.", cause });
  }
}
