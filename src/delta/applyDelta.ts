import { setImmediate as turn } from "node:timers/promises";
import { constants, createZstdDecompress } from "node:zlib";
import { AppError } from "../errors.ts";
import { ByteStream } from "./byteStream.ts";
import { unpackParts } from "./container.ts";
import { hearCopies } from "./copies.ts";
import { hashPages, hearTables } from "./pageHashes.ts";
import { HEADER_BYTES, readHeader, ZSTD } from "./header.ts";
import { hearLayout } from "./layoutNumbers.ts";
import { Predictor } from "./predictor.ts";
import { RangeDecoder } from "./rangeDecoder.ts";
import { type Plan, tellContent } from "./tellContent.ts";

export interface ApplyOptions {
  /** Bytes that come out of it: a delta that makes more is wrong. */
  readonly size: number;
  readonly signal?: AbortSignal | undefined;
}

// Others get their turn after so much.
const CHUNK_BYTES = 256 * 1024;

/**
 * The content that a delta makes from another, in chunks of any length. Timers and signals get their turn between
 * them. It is the caller's to check the digest, as of whatever came from elsewhere.
 *
 * @throws AppError `bad-data` for a delta that is none, or not for this content.
 */
export async function* applyDelta(
  before: Uint8Array,
  delta: Uint8Array,
  options: ApplyOptions,
): AsyncGenerator<Uint8Array, void> {
  options.signal?.throwIfAborted();
  const method = readHeader(delta);
  if (method === ZSTD) yield* applyZstd(before, delta, options);
  else yield* applyTold(before, delta, { ...options, method });
}

async function* applyTold(
  before: Uint8Array,
  delta: Uint8Array,
  { size, signal, method }: ApplyOptions & Pick<Plan, "method">,
): AsyncGenerator<Uint8Array, void> {
  const parts = unpackParts(delta.subarray(HEADER_BYTES), { before, size });
  const numbers = new ByteStream(parts.numbers);
  const layout = hearLayout(numbers);
  const plan = { layout, copies: hearCopies(numbers, { before: before.length, after: size }), method };
  const tables = hearTables(numbers, size);
  // What follows from the content comes last.
  const ready = Math.min(size, ...tables.map(({ at }) => at));
  const after = new Uint8Array(size);
  const decoder = new RangeDecoder(parts.told, 0);
  const [literals, values] = [new ByteStream(parts.literals), new ByteStream(parts.values)];
  const transcript = { predictor: new Predictor(decoder), before, after, hearing: true, literals, values };
  let given = 0;
  for (const told of tellContent(transcript, plan)) {
    decoder.checkEnd();
    if (told - given < CHUNK_BYTES || told > ready) continue;
    yield after.subarray(given, told);
    given = told;
    await turn();
    signal?.throwIfAborted();
  }
  decoder.checkEnd();
  for (const table of tables) after.set(hashPages(after, table), table.at);
  yield after.subarray(given);
}

// The window is the dictionary and all that has come out: nothing less than both files.
const WINDOW_LOG_MAX = 31;

async function* applyZstd(
  before: Uint8Array,
  delta: Uint8Array,
  { size, signal }: ApplyOptions,
): AsyncGenerator<Uint8Array, void> {
  const decompress = createZstdDecompress({
    dictionary: before,
    params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
  });
  decompress.end(delta.subarray(HEADER_BYTES));
  let given = 0;
  try {
    for await (const chunk of decompress as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      given += chunk.byteLength;
      if (given > size) throw new AppError("bad-data", "the delta makes more than it should");
      yield chunk;
    }
  } catch (cause) {
    if (signal?.aborted === true || cause instanceof AppError) throw cause;
    throw new AppError("bad-data", "the delta is no zstd data for this content", { cause });
  }
}
