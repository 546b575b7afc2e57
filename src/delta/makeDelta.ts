import { constants, zstdCompressSync } from "node:zlib";

/** What {@link applyDelta} makes `after` from `before` with. The same input gives the same bytes. */
export function makeDelta(before: Uint8Array, after: Uint8Array): Uint8Array {
  return zstdCompressSync(after, { dictionary: before, params: { [constants.ZSTD_c_compressionLevel]: 19 } });
}
