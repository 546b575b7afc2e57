import { createHash } from "node:crypto";
import { AppError } from "../errors.ts";
import type { ByteStream } from "./byteStream.ts";
import { hearNumber, sayNumber } from "./numbers.ts";

/**
 * A table in the new content that follows from the rest of it: the SHA-256 of each of its pages, as a Mac's code signature
 * has them. Nobody has to be told.
 */
export interface PageHashes {
  /** Where the table lies. */
  readonly at: number;
  /** Pages of 2 to this power bytes; the last may be shorter. */
  readonly pageBits: number;
  /** Where the last page ends: at the table or before it. */
  readonly end: number;
}

export const HASH_BYTES = 32;
const MAX_TABLES = 4;
const [LEAST_BITS, MOST_BITS] = [9, 24];

/** Bytes of the table. */
export function sizeOfHashes({ pageBits, end }: PageHashes): number {
  return Math.ceil(end / 2 ** pageBits) * HASH_BYTES;
}

export function hashPages(content: Uint8Array, { pageBits, end }: PageHashes): Uint8Array {
  const hashes: Uint8Array[] = [];
  const page = 2 ** pageBits;
  for (let at = 0; at < end; at += page) {
    hashes.push(
      createHash("sha256")
        .update(content.subarray(at, Math.min(at + page, end)))
        .digest(),
    );
  }
  return Buffer.concat(hashes);
}

export function sayTables(stream: ByteStream, tables: readonly PageHashes[]): void {
  sayNumber(stream, tables.length);
  for (const { at, pageBits, end } of tables) for (const value of [at, pageBits, end]) sayNumber(stream, value);
}

/** @param size of the new content. @throws AppError `bad-data` for a table that is not within it, behind its pages. */
export function hearTables(stream: ByteStream, size: number): PageHashes[] {
  const count = hearNumber(stream);
  if (count > MAX_TABLES) throw wrong();
  return Array.from({ length: count }, () => {
    const table = { at: hearNumber(stream), pageBits: hearNumber(stream), end: hearNumber(stream) };
    const { at, pageBits, end } = table;
    if (pageBits < LEAST_BITS || pageBits > MOST_BITS || end > at || at + sizeOfHashes(table) > size) throw wrong();
    return table;
  });
}

function wrong(): AppError {
  return new AppError("bad-data", "the delta describes a table that there cannot be");
}
