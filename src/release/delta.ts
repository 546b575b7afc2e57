import { DELTA_FROM, DELTA_TO, UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, digestProblem } from "../oci/digest.ts";
import type { ImageManifest } from "../oci/manifest.ts";
import { APP_DELTA } from "../oci/mediaTypes.ts";
import type { ReleaseLayer } from "./readRelease.ts";

/** What makes one content from another: both are digests of what there is before compression. */
export interface Delta {
  readonly descriptor: Descriptor;
  readonly from: Digest;
  readonly to: Digest;
}

/** Content as it is before compression. */
export type Plain = Pick<Descriptor, "digest" | "size">;

/** The deltas that a platform's manifest offers. What cannot be understood is none. */
export function deltasOf({ layers }: Pick<ImageManifest, "layers">): Delta[] {
  return layers.flatMap((descriptor) => {
    if (descriptor.mediaType !== APP_DELTA) return [];
    const { [DELTA_FROM]: from, [DELTA_TO]: to } = descriptor.annotations ?? {};
    return isDigest(from) && isDigest(to) ? [{ descriptor, from, to }] : [];
  });
}

/** What a layer holds; undefined where it does not say. */
export function plainOf({
  compression,
  descriptor,
}: Pick<ReleaseLayer, "compression" | "descriptor">): Plain | undefined {
  if (compression === "none") return { digest: descriptor.digest, size: descriptor.size };
  const { [UNCOMPRESSED_DIGEST]: digest, [UNCOMPRESSED_SIZE]: size } = descriptor.annotations ?? {};
  if (!isDigest(digest) || size === undefined || !/^\d{1,15}$/.test(size)) return undefined;
  return { digest, size: Number(size) };
}

function isDigest(text: string | undefined): text is Digest {
  return text !== undefined && digestProblem(text) === undefined;
}
