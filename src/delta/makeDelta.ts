import { constants, zstdCompressSync } from "node:zlib";
import { ByteStream } from "./byteStream.ts";
import { packParts } from "./container.ts";
import { mostCopies, sayCopies } from "./copies.ts";
import { findCopies } from "./findCopies.ts";
import { findLayout } from "./findLayout.ts";
import { encodeHeader, type Method, MODELLED, ZSTD } from "./header.ts";
import { sayLayout } from "./layoutNumbers.ts";
import { Predictor } from "./predictor.ts";
import { RangeEncoder } from "./rangeEncoder.ts";
import { tellContent } from "./tellContent.ts";

// What a person's computer may work on it: about a hundred nanoseconds for each bit, and a second for 50 MB.
const MOST_BITS_PER_BYTE = 0.25;
// What is so small needs no other way tried.
const SMALL = 0.02;

/** What {@link applyDelta} makes `after` from `before` with. The same input gives the same bytes. */
export function makeDelta(before: Uint8Array, after: Uint8Array): Uint8Array {
  const modelled = model(before, after);
  if (modelled !== undefined && modelled.byteLength < after.byteLength * SMALL) return delta(MODELLED, modelled);
  const compressed = compress(before, after);
  return modelled !== undefined && modelled.byteLength < compressed.byteLength
    ? delta(MODELLED, modelled)
    : delta(ZSTD, compressed);
}

function delta(method: Method, body: Uint8Array): Uint8Array {
  return Buffer.concat([encodeHeader(method), body]);
}

/** @returns undefined where applying it would take too long. */
function model(before: Uint8Array, after: Uint8Array): Uint8Array | undefined {
  const copies = findCopies(before, after);
  if (copies.length > mostCopies(after.length)) return undefined;
  const layout = findLayout(before, after, copies);
  const encoder = new RangeEncoder();
  const predictor = new Predictor(encoder);
  const [numbers, literals, values] = [new ByteStream(), new ByteStream(), new ByteStream()];
  sayLayout(numbers, layout);
  sayCopies(numbers, copies);
  const most = after.length * MOST_BITS_PER_BYTE + 1_000_000;
  const transcript = { predictor, before, after, hearing: false, literals, values };
  for (const _ of tellContent(transcript, { layout, copies })) if (predictor.calls > most) return undefined;
  const parts = { numbers: numbers.bytes, literals: literals.bytes, values: values.bytes, told: encoder.finish() };
  return packParts(parts, before);
}

function compress(before: Uint8Array, after: Uint8Array): Uint8Array {
  return zstdCompressSync(after, { dictionary: before, params: { [constants.ZSTD_c_compressionLevel]: 19 } });
}
