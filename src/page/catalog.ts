import type { Digest } from "../oci/digest.ts";
import type { Download } from "../release/download.ts";

/** What a download page tells of a program. Plain data: it can be written down and read again. */
export interface Catalog {
  /** The program's name for people. */
  readonly name: string;
  readonly publisher: string | undefined;
  /** SemVer of the newest release that launchers take; undefined where there are launchers alone. */
  readonly version: string | undefined;
  /** When it was published, RFC 3339, where its publisher says so. */
  readonly created: string | undefined;
  /** What is new in it: Markdown. */
  readonly notes: string | undefined;
  readonly icon: PageIcon | undefined;
  /** What a visitor takes home, one for each platform: launchers, or the newest release's own files without them. */
  readonly downloads: readonly Download[];
}

export interface PageIcon {
  readonly mediaType: "image/png";
  readonly size: number;
  readonly digest: Digest;
}
