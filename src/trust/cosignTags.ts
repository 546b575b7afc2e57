import { algorithmOf, type Digest, encodedOf } from "../oci/digest.ts";

/** The tag that cosign keeps a manifest's signatures under. */
export function cosignTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${encodedOf(digest)}.sig`;
}

/** distribution-spec "Referrers Tag Schema". */
export function referrersTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${encodedOf(digest)}`;
}

/** Which tags there are, for those that are about one manifest: cosign's, and the one that stands in for referrers. */
export interface CosignTags {
  /** True of one that is there; hardly ever, and never with any harm but a request in vain, of one that is not. */
  has(tag: string): boolean;
}

// Of which release they will be asked for is known only when it has been fetched, and every release has one: to keep them
// would take as much memory as a repository has releases. So each leaves a mark, in two megabytes for any number of them;
// among 100,000 one in 170 finds the place of its mark taken by another.
const MARKS = 2 ** 24;
const HEX_DIGITS = 6;
const TAG = /^sha256-([0-9a-f]{64})(\.sig)?$/;

export interface CosignTagMarks extends CosignTags {
  /** Any tag; others leave none. */
  add(tag: string): void;
}

export function openCosignTags(): CosignTagMarks {
  let marks: Uint8Array | undefined;
  return {
    add(tag) {
      const place = placeOf(tag);
      if (place === undefined) return;
      marks ??= new Uint8Array(MARKS / 8);
      marks[place >> 3] = byteAt(marks, place) | (1 << (place & 7));
    },
    has(tag) {
      const place = placeOf(tag);
      return place !== undefined && marks !== undefined && (byteAt(marks, place) & (1 << (place & 7))) !== 0;
    },
  };
}

/** A digest is as good as chance. The two tags of one manifest have places of their own. */
function placeOf(tag: string): number | undefined {
  const match = TAG.exec(tag);
  if (match === null) return undefined;
  const [, encoded = "", signature] = match;
  const digits = signature === undefined ? encoded.slice(0, HEX_DIGITS) : encoded.slice(-HEX_DIGITS);
  return Number.parseInt(digits, 16);
}

function byteAt(marks: Uint8Array, place: number): number {
  return marks[place >> 3] ?? 0;
}
