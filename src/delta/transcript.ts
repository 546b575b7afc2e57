import type { ByteStream } from "./byteStream.ts";
import type { Predictor } from "./predictor.ts";

/**
 * New content as it is told from one side to the other. Whoever makes a delta has all of `after` and says it; whoever
 * applies one hears it and fills `after`. Both go the same way through the same models, so that these cannot differ.
 */
export interface Transcript {
  readonly predictor: Predictor;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** Whether `after` is being filled. */
  readonly hearing: boolean;
  /** Bytes that are new altogether, and how far others went: neither can be foretold. */
  readonly literals: ByteStream;
  readonly values: ByteStream;
}

/** 32 bits, little-endian, as a signed number. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

export function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >> 8;
  bytes[at + 2] = word >> 16;
  bytes[at + 3] = word >> 24;
}

/** A number from 0 to 65,535 that spreads what is alike. */
export function spread(value: number): number {
  return Math.imul(value, 0x9e3779b1) >>> 16;
}

export const SPREAD = 1 << 16;

/** A stretch of a copy, all of one kind. */
export interface Piece {
  /** Offsets in the old content and the new. */
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/** Bytes of a piece at most. */
export const PIECE_BYTES = 1 << 14;
