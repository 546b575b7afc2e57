import { constants, zstdCompressSync } from "node:zlib";
import { ByteStream } from "../byteStream.ts";
import { openLiteralPacker, packParts } from "../container.ts";
import { mostCopies, sayCopies } from "../copies.ts";
import { type PageHashes, sayTables, sizeOfHashes } from "../pageHashes.ts";
import { findPageHashes } from "./executable/codeDirectory.ts";
import { findCopies } from "./findCopies.ts";
import { findLayout } from "./findLayout.ts";
import { DIFFERENCES, encodeHeader, MODELLED, ZSTD } from "../header.ts";
import { sayLayout } from "../layoutNumbers.ts";
import { Predictor } from "../predictor.ts";
import { RangeEncoder } from "./rangeEncoder.ts";
import { type Plan, tellContent } from "../tellContent.ts";

// What a person's computer may work on it: a bit takes it a tenth of a microsecond or two.
const MOST_BITS_PER_BYTE = 0.25;
// Small content may take more for each byte: a tenth of a second in all.
const MOST_BITS_OF_SMALL = 1_000_000;
// What is so small needs no other way tried.
const SMALL = 0.1;

/** What {@link applyDelta} makes `after` from `before` with. The same input gives the same bytes. */
export function makeDelta(before: Uint8Array, after: Uint8Array): Uint8Array {
  const tables = findPageHashes(after);
  const told = tables.length === 0 ? after : without(after, tables);
  const copies = findCopies(before, told);
  const layout = findLayout(before, told, copies);
  const isManageable = copies.length <= mostCopies(after.length);
  // What no copy has is the same for each method.
  const packLiterals = openLiteralPacker(before);
  const tellBy = (method: Plan["method"]): Uint8Array | undefined =>
    isManageable ? tell(before, told, { layout, copies, tables, method, packLiterals }) : undefined;
  const modelled = tellBy(MODELLED);
  if (modelled !== undefined && modelled.byteLength < after.byteLength * SMALL) return modelled;
  return [modelled, tellBy(DIFFERENCES), compress(before, after)]
    .filter((delta) => delta !== undefined)
    .reduce((best, delta) => (delta.byteLength < best.byteLength ? delta : best));
}

/** Zeros in their place are new bytes that weigh nothing. */
function without(content: Uint8Array, tables: readonly PageHashes[]): Uint8Array {
  const rest = Uint8Array.from(content);
  for (const table of tables) rest.fill(0, table.at, table.at + sizeOfHashes(table));
  return rest;
}

interface Telling extends Plan {
  readonly tables: readonly PageHashes[];
  readonly packLiterals: ReturnType<typeof openLiteralPacker>;
}

/** @returns undefined where applying it would take too long. */
function tell(
  before: Uint8Array,
  after: Uint8Array,
  { tables, packLiterals, ...plan }: Telling,
): Uint8Array | undefined {
  const encoder = new RangeEncoder();
  const predictor = new Predictor(encoder);
  const [numbers, literals, values] = [new ByteStream(), new ByteStream(), new ByteStream()];
  sayLayout(numbers, plan.layout);
  sayCopies(numbers, plan.copies);
  sayTables(numbers, tables);
  const most = after.length * MOST_BITS_PER_BYTE + MOST_BITS_OF_SMALL;
  const transcript = { predictor, before, after, hearing: false, literals, values };
  for (const _ of tellContent(transcript, plan)) if (predictor.calls > most) return undefined;
  const parts = { numbers: numbers.bytes, literals: literals.bytes, values: values.bytes, told: encoder.finish() };
  return Buffer.concat([encodeHeader(plan.method), packParts(parts, packLiterals)]);
}

function compress(before: Uint8Array, after: Uint8Array): Uint8Array {
  const frame = zstdCompressSync(after, {
    dictionary: before,
    params: {
      [constants.ZSTD_c_compressionLevel]: 19,
      // As `zstd --patch-from` does it: everything is within reach.
      [constants.ZSTD_c_windowLog]: Math.min(31, Math.max(10, bitsOf(before.length + after.length))),
      [constants.ZSTD_c_enableLongDistanceMatching]: 1,
    },
  });
  return Buffer.concat([encodeHeader(ZSTD), frame]);
}

function bitsOf(value: number): number {
  return Math.ceil(Math.log2(value + 1));
}
