import { Readable, type Transform } from "node:stream";
import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { BLOCK_BYTES } from "./blocks.ts";
import { AppError } from "./errors.ts";

// What is decompressed in another thread while the last of it is hashed and written.
const AHEAD_BYTES = 4 * BLOCK_BYTES;

// A frame may ask its reader for a window of gigabytes: 128 MiB is what zstd itself accepts without being told to.
const ZSTD_WINDOW_LOG_MAX = 27;

/** What comes out of compressed content. @throws AppError `bad-data`; an error of the content as it is. */
export async function* decompress(
  content: AsyncIterable<Uint8Array>,
  compression: "gzip" | "zstd",
): AsyncGenerator<Uint8Array, void> {
  const source = Readable.from(content);
  const decompressor = openDecompressor(compression);
  let lost: unknown;
  // An error of the source must reach the reader, not vanish in the pipe.
  source.once("error", (error) => {
    lost = error;
    decompressor.destroy(error);
  });
  try {
    yield* source.pipe(decompressor);
  } catch (cause) {
    if (lost !== undefined) throw lost;
    throw new AppError("bad-data", `the content is not valid ${compression} data`, {
      hint: "The publisher must push it again.",
      cause,
    });
  } finally {
    source.destroy();
    decompressor.destroy();
  }
}

/** A step of a pipeline that undoes a compression. */
export function openDecompressor(compression: "gzip" | "zstd"): Transform {
  // Each chunk is a way to another thread and back: with Node's 16 KiB that takes longer than the decompressing.
  const options = { chunkSize: BLOCK_BYTES, readableHighWaterMark: AHEAD_BYTES };
  if (compression === "gzip") return createGunzip(options);
  return createZstdDecompress({ ...options, params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } });
}
