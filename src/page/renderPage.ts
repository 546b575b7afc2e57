import { createHash } from "node:crypto";
import type { Download } from "../release/download.ts";
import type { Catalog } from "./catalog.ts";
import { Markup, markup } from "./markup.ts";
import { type Language, LANGUAGES, languageTag } from "./language.ts";
import { renderBody } from "./renderBody.ts";
import { renderHead } from "./renderHead.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

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

// CSP Level 3: each hash is of the very text between the tags.
const INNER_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hashOf(STYLE)}'`,
  `script-src 'sha256-${hashOf(SCRIPT)}'`,
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

// In a page itself it has no meaning, and browsers complain.
const POLICY = `${INNER_POLICY}; frame-ancestors 'none'`;

/** The download page in one language, the same for all visitors: everything is in it, and its script only chooses. */
export function renderPage(catalog: Catalog, options: PageOptions): Page {
  const choice = options.choosesLanguage ? markup` data-languages="${LANGUAGES.join(" ")}"` : markup``;
  const { text } = markup`<!DOCTYPE html>
<html lang="${languageTag(options.language)}"${choice}>
  <head>
    ${renderHead(catalog, options, INNER_POLICY)}
  </head>
  <body>
    ${renderBody(catalog, options)}
    <script>${new Markup(SCRIPT)}</script>
  </body>
</html>
`;
  return { html: text, policy: POLICY };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
