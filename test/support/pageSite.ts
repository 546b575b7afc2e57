import type { Browser } from "playwright-core";
import { writePage } from "../../src/publisher/sharing/writePage.ts";
import { openBrowser } from "./browser.ts";
import { openSampleShelf, sampleCatalog, SAMPLE_PLATFORMS, sampleDownload } from "./sampleCatalog.ts";
import { serveFolder } from "./staticServer.ts";
import { temporaryDirectory } from "./temporary.ts";

export interface PageSite extends AsyncDisposable {
  /** Address of the page, as `slipway page` writes it. */
  readonly url: string;
  readonly browser: Browser;
}

/** A download page, with six files unless told otherwise, on a plain web space, and a browser to visit it. */
export async function openPageSite(platforms = [...SAMPLE_PLATFORMS, "windows/arm64"]): Promise<PageSite> {
  const directory = await temporaryDirectory();
  const downloads = platforms.map((platform) => sampleDownload(platform));
  const catalog = sampleCatalog({ downloads });
  const { signal } = new AbortController();
  await writePage(openSampleShelf(catalog), catalog, { directory: directory.path, signal });
  const server = await serveFolder(directory.path);
  const browser = await openBrowser();
  return {
    url: server.url,
    browser,
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}
