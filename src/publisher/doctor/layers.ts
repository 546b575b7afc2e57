import { TITLE } from "../../oci/annotations.ts";
import { APP_DELTA } from "../../oci/mediaTypes.ts";
import { isPlainImage } from "../../release/readRelease.ts";
import { compressionOf } from "../../release/compression.ts";
import { few, ok, skipped, type Verdict, warning } from "./finding.ts";
import type { Offer } from "./offers.ts";

// What no launcher unpacks: it reads gzip, zstd and plain content.
const UNREADABLE = /[+.](xz|bzip2|bz2|lz4|br|lzma|encrypted)(\+|$)/;

/** Whether each layer is of a kind that a launcher can make files of. */
export function judgeLayers(offers: readonly Offer[]): Verdict {
  const unreadable: string[] = [];
  const unnamed: string[] = [];
  const kinds = new Set<string>();
  for (const { name, manifest } of offers) {
    const image = isPlainImage(manifest);
    for (const { mediaType, annotations, urls } of manifest.layers) {
      const title = annotations?.[TITLE];
      const compression = compressionOf(mediaType);
      kinds.add(compression === "none" ? "plain" : compression);
      if (image && UNREADABLE.test(mediaType)) unreadable.push(`${name}: ${mediaType}`);
      if (urls !== undefined && urls.length > 0) unreadable.push(`${name}: ${mediaType}, kept at another address`);
      if (!image && title === undefined && mediaType !== APP_DELTA) unnamed.push(`${name}: ${mediaType}`);
    }
  }
  if (unreadable.length > 0)
    return warning(
      `what launchers cannot read: ${few(unreadable)}`,
      "Publish with slipway push, or with layers that are compressed by gzip, zstd or not at all.",
    );
  if (kinds.size === 0) return skipped("there are none");
  const left = unnamed.length === 0 ? "" : `; without a title, and so no file of the program: ${few(unnamed)}`;
  return ok(`launchers can read them all (${[...kinds].join(", ")})${left}`);
}
