import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BROWSER } from "../support/browser.ts";
import type { Catalog } from "../../src/page/catalog.ts";
import { renderPage } from "../../src/page/renderPage.ts";
import { openPageSite, type PageSite } from "../support/pageSite.ts";
import { hasProgram } from "../support/peer.ts";
import { sampleCatalog, sampleDownload } from "../support/sampleCatalog.ts";
import { visit, VISITORS } from "../support/visit.ts";

/** What axe finds wrong, each with where. It is run outside of the page's policy, as browsers' tools are. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ""}`));
}

const OPTIONS = { language: "en", root: "./", iconHref: "icon.png", choosesLanguage: false } as const;

/** Every element of a page with the names of its attributes, as a browser takes it apart. */
const READ_ELEMENTS = `(html) => [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("*")].map(
  (element) => [element.localName, ...element.getAttributeNames()].join(" "))`;

const PC = VISITORS["Windows on a PC"];

describe.runIf(hasProgram(BROWSER))("the download page, for everyone", () => {
  let site: PageSite;

  beforeAll(async () => {
    site = await openPageSite();
  });

  afterAll(async () => {
    await site[Symbol.asyncDispose]();
  });

  test("is gone through by Tab in the order in which it is seen", async () => {
    await using visited = await visit(site.browser, site.url, PC);
    const { page } = visited;
    const places: number[] = [];
    const stops = await page.locator("a:visible, summary:visible, button:visible").count();
    for (let stop = 0; stop < stops; stop += 1) {
      await page.keyboard.press("Tab");
      places.push(await page.evaluate<number>("document.activeElement.getBoundingClientRect().top + scrollY"));
      const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
      expect(outline).toBe("solid");
    }
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
    test.each(["en", "de"])("has no violations that axe finds (%s), with everything opened", async (language) => {
      await using visited = await visit(site.browser, `${site.url}${language}/`, { ...PC, colorScheme });
      const { page } = visited;
      expect(await violationsOf(page)).toEqual([]);
      await page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))");
      expect(await violationsOf(page)).toEqual([]);
    });

    test("has none where two buttons are beside each other", async () => {
      const visitor = { ...VISITORS["a Mac that does not say its chip"], colorScheme };
      await using visited = await visit(site.browser, site.url, visitor);
      expect(await violationsOf(visited.page)).toEqual([]);
    });

    test("has none where no script has run", async () => {
      const context = await site.browser.newContext({ colorScheme });
      const page = await context.newPage();
      // The page's own script is kept from running, and axe's is not.
      await page.route("**/fr/", async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace("<script>", '<script type="text/plain">');
        await route.fulfill({ response, body });
      });
      await page.goto(`${site.url}fr/`);
      expect(await page.locator("#yours").isVisible()).toBe(false);
      expect(await violationsOf(page)).toEqual([]);
      await context.close();
    });
  });

  test("looks different in the dark", async () => {
    const colours: unknown[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await using visited = await visit(site.browser, site.url, { ...PC, colorScheme });
      colours.push(await visited.page.evaluate("getComputedStyle(document.body).backgroundColor"));
    }
    expect(new Set(colours).size).toBe(2);
  });

  test.each(["en", "de", "ja"])("needs no scrolling to the side on the narrowest screen (%s)", async (language) => {
    const viewport = { width: 320, height: 640 };
    await using visited = await visit(site.browser, `${site.url}${language}/`, { ...PC, viewport });
    const { page } = visited;
    await page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(320);
  });

  test("asks nobody else for anything, and has nothing that its policy forbids", async () => {
    await using visited = await visit(site.browser, site.url, PC);
    const { page, complaints, requests } = visited;
    await page.locator("img").evaluate("(image) => image.decode()");
    for (const request of requests) expect(request.startsWith(site.url)).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("is read by a browser as the same elements, whatever a program is called", async () => {
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>' onload='x </title></style></script><!-- ]]>`;
    const words = { name: evil, publisher: evil, version: evil, created: evil };
    const page = await site.browser.newPage();
    const read = async (catalog: Catalog): Promise<unknown> =>
      await page.evaluate(
        `(${READ_ELEMENTS})(${JSON.stringify(renderPage(catalog, { ...OPTIONS, hrefOf: ({ fileName }) => fileName }).html)})`,
      );
    const evilPage = await read(
      sampleCatalog({ ...words, downloads: [sampleDownload("linux/amd64", { fileName: evil })] }),
    );
    const plainPage = await read(
      sampleCatalog({ created: undefined, downloads: [sampleDownload("linux/amd64", { fileName: "app" })] }),
    );
    expect(evilPage).toEqual(plainPage);
    await page.close();
  });
});
