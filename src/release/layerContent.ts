import { decompress } from "../decompress.ts";
import { AppError } from "../errors.ts";
import { UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, digestProblem } from "../oci/digest.ts";
import { type Bytes, verifyBytes } from "../oci/storage.ts";
import type { ReleaseLayer } from "./readRelease.ts";

/** The layer's content after decompression, checked against {@link promisedContent}. */
export function openLayer(layer: ReleaseLayer, compressed: Bytes): Bytes {
  if (layer.compression === "none") return compressed;
  const promised = promisedContent(layer);
  const plain = decompress(compressed, layer.compression);
  return promised === undefined ? plain : verifyBytes(plain, promised);
}

/**
 * What is known of the layer's content after decompression; undefined where nobody says. @throws AppError `bad-data` for
 * annotations that make no sense.
 */
export function promisedContent({ compression, descriptor }: ReleaseLayer): Descriptor | undefined {
  if (compression === "none") return descriptor;
  const { mediaType, annotations } = descriptor;
  const digest = annotations?.[UNCOMPRESSED_DIGEST];
  const size = annotations?.[UNCOMPRESSED_SIZE];
  if (digest === undefined || size === undefined) return undefined;
  if (digestProblem(digest) !== undefined || !/^\d{1,15}$/.test(size)) {
    throw new AppError("bad-data", `${descriptor.digest}: its annotations of the uncompressed content make no sense`, {
      hint: "The publisher must push it again.",
    });
  }
  return { mediaType, digest: digest as Digest, size: Number(size) };
}
