import { type Delta, type Plain, plainOf } from "../release/delta.ts";
import type { Digest } from "../oci/digest.ts";
import type { ReleaseLayer } from "../release/readRelease.ts";

/** How a layer's content comes. */
export type Way =
  | { readonly kind: "whole" }
  /** It is on this computer already, and nothing travels. */
  | { readonly kind: "here"; readonly plain: Plain }
  | { readonly kind: "delta"; readonly plain: Plain; readonly delta: Delta };

export interface Offers {
  readonly deltas: readonly Delta[];
  /** Bytes of content that is on this computer; undefined for what is not. */
  readonly sizeOf: (digest: Digest) => number | undefined;
}

/** Old and new content are in memory at the same time, and a person's computer has other things to do. */
const MAX_BYTES = 1024 ** 3;

/** The way on which the fewest bytes travel. One delta leads there, or none: a chain is not followed. */
export function planFetch(layer: ReleaseLayer, { deltas, sizeOf }: Offers): Way {
  const plain = plainOf(layer);
  if (plain === undefined) return { kind: "whole" };
  if (sizeOf(plain.digest) === plain.size) return { kind: "here", plain };
  const [delta] = deltas
    .filter(({ from, to, descriptor }) => {
      const old = to === plain.digest && descriptor.size < layer.descriptor.size ? sizeOf(from) : undefined;
      return old !== undefined && old + plain.size <= MAX_BYTES;
    })
    .sort((a, b) => a.descriptor.size - b.descriptor.size);
  return delta === undefined ? { kind: "whole" } : { kind: "delta", plain, delta };
}
