import type { Transform } from "node:stream";
import { constants, createGunzip, createGzip, createZstdCompress, createZstdDecompress } from "node:zlib";

export type Compression = "zstd" | "gzip" | "none";

export const COMPRESSIONS: readonly Compression[] = ["zstd", "gzip", "none"];

// Measured on a 10 MB Go binary: level 19 takes a few seconds and is a tenth smaller than 15; a publisher waits once,
// every person downloads.
const ZSTD_LEVEL = 19;
const GZIP_LEVEL = 9;
// A frame may ask its reader for a window of gigabytes: 128 MiB is what zstd itself accepts without being told to.
const ZSTD_WINDOW_LOG_MAX = 27;

/** @param size bytes that will come, when known: zstd then writes it down and makes smaller tables for small input. */
export function openCompressor(compression: "zstd" | "gzip", size: number | undefined): Transform {
  if (compression === "gzip") return createGzip({ level: GZIP_LEVEL });
  return createZstdCompress({
    ...(size === undefined ? {} : { pledgedSrcSize: size }),
    params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

export function openDecompressor(compression: "zstd" | "gzip"): Transform {
  if (compression === "gzip") return createGunzip();
  return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } });
}

/** The suffix that a media type carries (RFC 8878 section 7 for zstd). */
export function mediaTypeSuffix(compression: Compression): string {
  return compression === "none" ? "" : `+${compression}`;
}

/** Reads the compression off a media type, Docker's and oras' included. */
export function compressionOf(mediaType: string): Compression {
  if (/[+.]zstd$/.test(mediaType)) return "zstd";
  if (/[+.](gzip|tgz)$/.test(mediaType) || /\.(tar\.)?gzip$/.test(mediaType)) return "gzip";
  return "none";
}
