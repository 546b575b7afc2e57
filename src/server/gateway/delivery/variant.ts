import type { Coding, Download } from "../../../release/download.ts";
import type { Wanted } from "../contents/contents.ts";
import { names, rangeHolds } from "./conditional.ts";
import { negotiate } from "./negotiate.ts";

/** One of the forms in which a file can travel. */
export interface Variant {
  readonly coding: Coding | "identity";
  readonly wanted: Wanted;
  /** Strong, with its quotes: the digest of the very bytes that travel. */
  readonly etag: string;
  /**
   * Of other forms that the visitor has the beginning of, and takes no more of. Browsers count what they have decoded,
   * and go on in the plain file under the tag of the form in which it came.
   */
  readonly continues: readonly string[];
}

/** The fields of a request that choose, as Node gives them. */
export interface Preferences {
  readonly "accept-encoding"?: string | string[] | undefined;
  readonly range?: string | undefined;
  readonly "if-range"?: string | string[] | undefined;
  readonly "if-match"?: string | undefined;
}

/**
 * Chooses the form for a visitor. Who asks for a part gets one of the plain file, unless they have the beginning of
 * another form and say so. @returns undefined where they take none of them.
 */
export function chooseVariant(download: Download, preferences: Preferences): Variant | undefined {
  const accept = preferences["accept-encoding"]?.toString();
  const plain = plainOf(download);
  const coded = download.codings.map(({ coding, blob }) => variantOf(coding, { content: blob, stored: asItIs(blob) }));

  const choose = (from: readonly Variant[]): Variant | undefined => {
    const codings = from.map(({ coding, wanted }) => ({ coding, size: wanted.content.size }));
    const chosen = negotiate(accept, { identity: plain.wanted.content.size, codings: codings as Offered[] });
    return chosen === "identity" ? plain : from.find(({ coding }) => coding === chosen);
  };

  if (preferences.range === undefined) return choose(coded);
  const begun = coded.filter(({ etag }) => hasBegun(preferences, etag));
  const chosen = choose(begun) ?? choose(coded);
  if (chosen?.coding !== "identity" || accept === undefined) return chosen;
  return { ...chosen, continues: begun.map(({ etag }) => etag) };
}

function hasBegun(preferences: Preferences, etag: string): boolean {
  const ifMatch = preferences["if-match"];
  return rangeHolds(preferences["if-range"]?.toString() ?? "", etag) || (ifMatch !== undefined && names(ifMatch, etag));
}

type Offered = { readonly coding: Coding; readonly size: number };

function plainOf({ stored, digest, size }: Download): Variant {
  const mediaType = "application/octet-stream";
  const content = stored.compression === "none" ? stored.blob : { mediaType, digest, size };
  return variantOf("identity", { content, stored });
}

function asItIs(blob: Wanted["content"]): Wanted["stored"] {
  return { blob, compression: "none" };
}

function variantOf(coding: Variant["coding"], wanted: Wanted): Variant {
  return { coding, wanted, etag: `"${wanted.content.digest}"`, continues: [] };
}
