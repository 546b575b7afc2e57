import type { Catalog } from "./catalog.ts";
import { Markup, markup } from "./markup.ts";
import { LANGUAGES, languageTag } from "./language.ts";
import type { PageOptions } from "./renderPage.ts";
import { STYLE } from "./style.ts";
import { type Texts, textsOf } from "./texts.ts";

/** What a page says of itself to browsers and to who shows its link. @param policy see `Page`. */
export function renderHead(catalog: Catalog, { language, root, iconHref }: PageOptions, policy: string): Markup {
  const texts = textsOf(language);
  const title = texts.title(catalog.name);
  const description = promiseOf(catalog, texts) ?? title;
  return markup`<meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="referrer" content="no-referrer" />
    <meta name="color-scheme" content="light dark" />
    <title>${title}</title>
    <meta name="description" content="${description}" />
    <meta property="og:type" content="website" />
    <meta property="og:title" content="${title}" />
    <meta property="og:description" content="${description}" />
    ${LANGUAGES.map((other) => markup`<link rel="alternate" hreflang="${languageTag(other)}" href="${root}${other}/" />`)}
    <link rel="alternate" hreflang="x-default" href="${root}" />
    ${iconHref === undefined ? markup`` : markup`<link rel="icon" type="image/png" href="${root}${iconHref}" />`}
    <style>${new Markup(STYLE)}</style>`;
}

/** What launchers do, and programs of their own do not. */
export function promiseOf({ downloads }: Catalog, texts: Texts): string | undefined {
  return downloads.some(({ kind }) => kind === "launcher") ? texts.promise : undefined;
}
