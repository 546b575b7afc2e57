// Takes the pictures of the documentation: run with `npm run screenshots`. It wants Chromium, and what looks best are
// Debian's fonts-inter and fonts-noto-cjk.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { encodePng } from "../src/packaging/icon/png.ts";
import type { Catalog } from "../src/page/catalog.ts";
import type { Language } from "../src/page/language.ts";
import { renderPage } from "../src/page/renderPage.ts";
import { openBrowser } from "../test/support/browser.ts";
import { sampleCatalog, sampleDownload } from "../test/support/sampleCatalog.ts";
import { serveFolder } from "../test/support/staticServer.ts";
import { temporaryDirectory } from "../test/support/temporary.ts";

const out = join(dirname(dirname(fileURLToPath(import.meta.url))), "docs", "images");

const MAC = "Mozilla/5.0 (Macintosh; Apple Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";

const NOTES = `## Faster, and quieter

- Opens large files at once: no more waiting for the last page.
- **Search** finds words across line breaks.
- The window comes back where you left it.

Thanks to all who wrote to us. [Everything that changed](https://example.com/changes)
`;

interface Picture {
  readonly name: string;
  readonly language: Language;
  readonly context: BrowserContextOptions;
  readonly act?: (page: Page) => Promise<unknown>;
}

const PICTURES: readonly Picture[] = [
  {
    name: "page-windows",
    language: "en",
    context: { userAgent: WINDOWS, viewport: { width: 1100, height: 1240 } },
    act: async (page) => await page.locator("#choice-help summary").click(),
  },
  {
    name: "page-mac-dark",
    language: "de",
    context: { userAgent: MAC, colorScheme: "dark", viewport: { width: 1100, height: 1240 } },
    act: async (page) => await page.locator("#choice-help summary").click(),
  },
  {
    name: "page-narrow",
    language: "ja",
    context: { userAgent: WINDOWS, viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 },
  },
  {
    name: "page-without-script",
    language: "fr",
    context: { javaScriptEnabled: false, viewport: { width: 1100, height: 1000 } },
  },
];

const work = await temporaryDirectory();
const server = await serveFolder(work.path);
const browser = await openBrowser();
try {
  await mkdir(out, { recursive: true });
  await writeFile(join(work.path, "icon.png"), drawIcon(384));
  for (const picture of PICTURES) await take(picture);
} finally {
  await browser.close();
  await server[Symbol.asyncDispose]();
  await work[Symbol.asyncDispose]();
}

async function take({ name, language, context, act }: Picture): Promise<void> {
  const folder = join(work.path, language);
  await mkdir(folder, { recursive: true });
  const { html } = renderPage(exampleCatalog(), {
    language,
    root: "../",
    hrefOf: ({ fileName }) => `files/${fileName}`,
    iconHref: "icon.png",
    choosesLanguage: false,
  });
  await writeFile(join(folder, "index.html"), html);
  const visit = await browser.newContext({ ...context, reducedMotion: "reduce" });
  const page = await visit.newPage();
  await page.goto(`${server.url}${language}/`);
  await act?.(page);
  // Where the pointer is, something would look different.
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(out, `${name}.png`) });
  await visit.close();
}

function exampleCatalog(): Catalog {
  const sizes: Readonly<Record<string, number>> = {
    "windows/amd64": 91_204_608,
    "darwin/arm64": 43_871_116,
    "darwin/amd64": 45_920_733,
    "linux/amd64": 96_112_904,
    "linux/arm64": 94_208_332,
  };
  const downloads = Object.entries(sizes).map(([platform, size]) => sampleDownload(platform, { size }));
  return sampleCatalog({ notes: NOTES, downloads });
}

/** Two hills and a sun on a rounded square. */
function drawIcon(size: number): Buffer {
  const data = new Uint8Array(size * size * 4);
  // Each pixel is the mean of as many as make its edges smooth.
  const samples = [0.125, 0.375, 0.625, 0.875];
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1) {
      const sum = [0, 0, 0, 0];
      for (const dx of samples)
        for (const dy of samples) {
          const color = colorAt((x + dx) / size, (y + dy) / size);
          color?.forEach((part, index) => (sum[index] = (sum[index] ?? 0) + part));
          if (color !== undefined) sum[3] = (sum[3] ?? 0) + 1;
        }
      const [red = 0, green = 0, blue = 0, covered = 0] = sum;
      const mean = [red, green, blue].map((part) => Math.round(part / Math.max(1, covered)));
      data.set([...mean, Math.round((covered / samples.length ** 2) * 255)], (y * size + x) * 4);
    }
  return encodePng({ width: size, height: size, data });
}

function colorAt(x: number, y: number): readonly number[] | undefined {
  const radius = 0.22;
  const [cx, cy] = [x, y].map((part) => Math.max(0, Math.abs(part - 0.5) - (0.5 - radius)));
  if (Math.hypot(cx ?? 0, cy ?? 0) > radius) return undefined;
  if (y > 0.74 + 0.09 * Math.sin(5.2 * x + 3.6)) return [34, 139, 94];
  if (y > 0.6 + 0.1 * Math.sin(4.4 * x - 0.4)) return [74, 190, 122];
  if (Math.hypot(x - 0.68, y - 0.3) < 0.12) return [255, 214, 92];
  return [86 + 70 * y, 150 + 60 * y, 244];
}
