import type { Download } from "../release/download.ts";
import type { Language } from "./language.ts";

/** A whole page, and what a browser is to allow it. */
export interface Page {
  readonly html: string;
  /** The value of Content-Security-Policy: nothing but what the page itself holds. */
  readonly policy: string;
}

export interface PageOptions {
  readonly language: Language;
  /** How to get from the page to the address under which all others lie: `./` or `../`. */
  readonly root: "./" | "../";
  /** Address of a file, relative to the root, or a whole one. */
  readonly hrefOf: (download: Download) => string;
  /** Address of the icon, relative to the root; undefined where there is none. */
  readonly iconHref: string | undefined;
  /** Whether the page itself has to take a visitor to their language: a static host cannot. */
  readonly choosesLanguage: boolean;
}
