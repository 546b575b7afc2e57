import { Readable } from "node:stream";
import { AppError } from "../errors.ts";
import { UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../oci/annotations.ts";
import { type Digest, digestProblem } from "../oci/digest.ts";
import { type Bytes, verifyBytes } from "../oci/storage.ts";
import { openDecompressor } from "./compression.ts";
import type { ReleaseLayer } from "./readRelease.ts";

/** The layer's content after decompression, checked against what the annotations promise of it. */
export function openLayer(layer: ReleaseLayer, compressed: Bytes): Bytes {
  if (layer.compression === "none") return compressed;
  const plain = decompress(layer.compression, compressed);
  const { mediaType, annotations } = layer.descriptor;
  const digest = annotations?.[UNCOMPRESSED_DIGEST];
  const size = annotations?.[UNCOMPRESSED_SIZE];
  if (digest === undefined || size === undefined) return plain;
  if (digestProblem(digest) !== undefined || !/^\d{1,15}$/.test(size)) {
    throw new AppError(
      "bad-data",
      `${layer.descriptor.digest}: its annotations of the uncompressed content make no sense`,
      { hint: "The publisher must push it again." },
    );
  }
  return verifyBytes(plain, { mediaType, digest: digest as Digest, size: Number(size) });
}

async function* decompress(compression: "zstd" | "gzip", compressed: Bytes): Bytes {
  const source = Readable.from(compressed);
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
