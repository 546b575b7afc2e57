import { join } from "node:path";
import { writeBeside } from "../../archive/writeBeside.ts";
import type { Bytes } from "../../oci/storage.ts";
import { renderVersionBadge } from "../../page/badge.ts";
import type { Catalog } from "../../page/catalog.ts";
import { formatDownloads } from "../../page/downloadList.ts";
import { LANGUAGES } from "../../page/language.ts";
import { renderPage } from "../../page/renderPage.ts";
import { formatSums } from "../../page/sums.ts";
import type { Download } from "../../release/download.ts";
import type { Shelf } from "../../server/gateway/shelf.ts";
import { addressOf, placeDownloads } from "./downloadLinks.ts";
import { storeDownload } from "./storeDownload.ts";

const ICON = "icon.png";

export interface WritePageOptions {
  /** Where everything goes; made when it is not there. What else lies in it stays. */
  readonly directory: string;
  /** Whole addresses of files that lie elsewhere; without it they are written beside the page. */
  readonly linkOf?: ((download: Download) => string) | undefined;
  readonly signal: AbortSignal;
  /** Told before a file is fetched. */
  readonly onFetch?: (download: Download) => void;
}

export interface WrittenPage {
  /** Paths relative to the directory, with "/". */
  readonly pages: readonly string[];
  readonly files: readonly {
    readonly path: string;
    readonly size: number;
    /** False for one that was there already. */
    readonly written: boolean;
  }[];
}

/**
 * Writes the download page as plain files for any static host. Files come before the pages that link to them, and each
 * is replaced in one step: a folder that is being served stays right all the while.
 *
 * @throws AppError `bad-data` for content that is not what the catalog says; what the shelf and the disk throw.
 */
export async function writePage(shelf: Shelf, catalog: Catalog, options: WritePageOptions): Promise<WrittenPage> {
  const { directory, linkOf } = options;
  const paths = linkOf === undefined ? placeDownloads(catalog.downloads) : new Map<Download, string>();
  const hrefOf = (download: Download): string => linkOf?.(download) ?? addressOf(paths.get(download) ?? "");
  const files = await writeFiles(shelf, paths, options);
  const pages = composePages(catalog, hrefOf);
  if (catalog.icon !== undefined) await writeBeside(join(directory, ICON), shelf.fetch(catalog.icon, options.signal));
  for (const [path, text] of pages) await writeBeside(join(directory, path), once(text));
  return { pages: [...pages.keys(), ...(catalog.icon === undefined ? [] : [ICON])], files };
}

async function writeFiles(
  shelf: Shelf,
  paths: ReadonlyMap<Download, string>,
  { directory, signal, onFetch }: WritePageOptions,
): Promise<WrittenPage["files"]> {
  const files = [];
  for (const [download, path] of paths) {
    const written = await storeDownload(join(directory, path), {
      download,
      shelf,
      signal,
      onFetch: () => onFetch?.(download),
    });
    files.push({ path, size: download.size, written });
  }
  return files;
}

/** Everything that is text, by its path. The root's page is English, and takes visitors to their own. */
function composePages(catalog: Catalog, hrefOf: (download: Download) => string): ReadonlyMap<string, string> {
  const common = { hrefOf, iconHref: catalog.icon === undefined ? undefined : ICON };
  const root = renderPage(catalog, { ...common, language: "en", root: "./", choosesLanguage: true });
  const others = LANGUAGES.map((language): [string, string] => {
    const page = renderPage(catalog, { ...common, language, root: "../", choosesLanguage: false });
    return [`${language}/index.html`, page.html];
  });
  return new Map([
    ["SHA256SUMS", formatSums(catalog.downloads)],
    ["downloads.json", formatDownloads(catalog, hrefOf)],
    ["badge.svg", renderVersionBadge(catalog.version)],
    ...others,
    ["index.html", root.html],
  ]);
}

async function* once(text: string): Bytes {
  yield Buffer.from(text);
}
