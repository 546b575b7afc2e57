import { UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../oci/annotations.ts";
import type { ImageManifest } from "../oci/manifest.ts";
import { codingOf } from "./coding.ts";
import type { ReleaseLayer } from "./readRelease.ts";

/**
 * A file as it lies beside itself for browsers, in the fewest bytes. What comes out of it has to be the very file,
 * whatever the coded layer says of itself.
 *
 * @returns undefined where there is none, or none that is worth it.
 */
export function codedLayerOf(manifest: ImageManifest, layer: ReleaseLayer): ReleaseLayer | undefined {
  const { digest, size, annotations } = layer.descriptor;
  if (layer.kind !== "file" || layer.compression !== "none") return undefined;
  const plain = { [UNCOMPRESSED_DIGEST]: digest, [UNCOMPRESSED_SIZE]: String(size) };
  const [smallest] = manifest.layers
    .flatMap((coded) => {
      const compression = codingOf(coded);
      // What layers are compressed with is what the launcher can undo anyway.
      if (compression === undefined || compression === "br") return [];
      const isOfThis = coded.annotations?.[UNCOMPRESSED_DIGEST] === digest && coded.size < size;
      return isOfThis ? [{ coded, compression }] : [];
    })
    .sort((a, b) => a.coded.size - b.coded.size);
  if (smallest === undefined) return undefined;
  const { coded, compression } = smallest;
  return { ...layer, descriptor: { ...coded, annotations: { ...annotations, ...plain } }, compression };
}
