import { timeoutAfter } from "../../abort.ts";
import { renderVersionBadge } from "../../page/badge.ts";
import type { Catalog } from "../../page/catalog.ts";
import { formatDownloads } from "../../page/downloadList.ts";
import { type Language, languageTag, selectLanguage } from "../../page/language.ts";
import { renderPage } from "../../page/renderPage.ts";
import { formatSums } from "../../page/sums.ts";
import type { Download } from "../../release/download.ts";
import { type Answer, notFound, SHORT } from "./answer.ts";
import type { Contents } from "./contents/contents.ts";
import { ACCEPT_HINTS } from "./visitors/chooseDownload.ts";
import { formatFilePath } from "./route.ts";

/** Everything that is made of a catalog, once for each. */
export interface Documents {
  /** @param language undefined for the visitor's own. */
  page(language: Language | undefined, acceptLanguage: string | undefined): Answer;
  badge(): Answer;
  /** `downloads.json` */
  list(): Answer;
  /** `SHA256SUMS` */
  sums(): Answer;
  /** @throws AppError when it does not arrive. */
  icon(): Promise<Answer>;
}

/** Others may show it and read it from their pages: it is the same for everybody. */
const PUBLIC = {
  "cache-control": SHORT,
  "access-control-allow-origin": "*",
  "cross-origin-resource-policy": "cross-origin",
} as const;

const PATIENCE_MS = 30_000;
const MAX_ICON_BYTES = 1024 * 1024;

export function openDocuments(catalog: Catalog, contents: Pick<Contents, "open">): Documents {
  const pages = new Map<string, Answer>();
  let icon: Promise<Answer> | undefined;

  function page(language: Language, root: "./" | "../"): Answer {
    const key = `${root}${language}`;
    const made = pages.get(key) ?? pageAnswer(catalog, language, root);
    pages.set(key, made);
    return made;
  }

  async function readIcon(): Promise<Answer> {
    if (catalog.icon === undefined) return notFound();
    // Whatever a catalog says of it, it is held in memory.
    if (catalog.icon.size > MAX_ICON_BYTES) return notFound();
    const blob = { mediaType: catalog.icon.mediaType, digest: catalog.icon.digest, size: catalog.icon.size };
    const wanted = { content: blob, stored: { blob, compression: "none" } } as const;
    await using content = await contents.open(wanted, timeoutAfter(PATIENCE_MS));
    const chunks: Uint8Array[] = [];
    for await (const chunk of content.read({ start: 0, end: blob.size })) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks);
    return { status: 200, headers: { ...PUBLIC, "content-type": catalog.icon.mediaType }, body };
  }

  return {
    page(language, acceptLanguage) {
      if (language !== undefined) return page(language, "../");
      const { headers, ...rest } = page(selectLanguage(acceptLanguage), "./");
      return { ...rest, headers: { ...headers, vary: "Accept-Language" } };
    },
    badge: () => ({
      status: 200,
      headers: { ...PUBLIC, "content-type": "image/svg+xml" },
      body: renderVersionBadge(catalog.version),
    }),
    list: () => ({
      status: 200,
      headers: { ...PUBLIC, "content-type": "application/json" },
      body: formatDownloads(catalog, hrefOf),
    }),
    sums: () => ({
      status: 200,
      headers: { ...PUBLIC, "content-type": "text/plain; charset=utf-8" },
      body: formatSums(catalog.downloads),
    }),
    async icon() {
      icon ??= readIcon();
      try {
        return await icon;
      } catch (error) {
        icon = undefined;
        throw error;
      }
    },
  };
}

function pageAnswer(catalog: Catalog, language: Language, root: "./" | "../"): Answer {
  const { html, policy } = renderPage(catalog, {
    language,
    root,
    hrefOf,
    iconHref: catalog.icon === undefined ? undefined : "icon.png",
    choosesLanguage: false,
  });
  return {
    status: 200,
    headers: {
      ...ACCEPT_HINTS,
      "content-type": "text/html; charset=utf-8",
      "content-language": languageTag(language),
      "content-security-policy": policy,
      "cross-origin-opener-policy": "same-origin",
      "cache-control": SHORT,
    },
    body: html,
  };
}

/** The very file that the page describes, relative to the root, whatever is published while somebody reads it. */
function hrefOf({ tag, platform }: Download): string {
  return formatFilePath({ tag, platform, fileName: undefined }).slice(1);
}
