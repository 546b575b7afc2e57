import { decompress } from "../decompress.ts";
import { AppError } from "../errors.ts";
import { UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../oci/annotations.ts";
import { type Digest, digestProblem } from "../oci/digest.ts";
import { type Bytes, verifyBytes } from "../oci/storage.ts";
import type { ReleaseLayer } from "./readRelease.ts";

/** The layer's content after decompression, checked against what the annotations promise of it. */
export function openLayer(layer: ReleaseLayer, compressed: Bytes): Bytes {
  if (layer.compression === "none") return compressed;
  const plain = decompress(compressed, layer.compression);
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
