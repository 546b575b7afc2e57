import { decompress } from "../decompress.ts";
import type { Bytes } from "../oci/storage.ts";

/** By the first bytes: RFC 1952 section 2.3.1, RFC 8878 section 3.1.1. */
export function sniffCompression(head: Uint8Array): "gzip" | "zstd" | "none" {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return "gzip";
  return a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd ? "zstd" : "none";
}

/** The content of a layer without its compression, whatever its media type says. @throws AppError `bad-data`. */
export async function* decompressLayer(content: Bytes): Bytes {
  const chunks = content[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  const rest = rejoin(first.value, chunks);
  const compression = sniffCompression(first.value);
  if (compression === "none") yield* rest;
  else yield* decompress(rest, compression);
}

async function* rejoin(first: Uint8Array, rest: AsyncIterator<Uint8Array>): Bytes {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
