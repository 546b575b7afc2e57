import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BROWSER } from "../support/browser.ts";
import { openPageSite, type PageSite } from "../support/pageSite.ts";
import { hasProgram } from "../support/peer.ts";
import { sampleDownload } from "../support/sampleCatalog.ts";
import { visit, VISITORS } from "../support/visit.ts";

async function platformsIn(part: Locator): Promise<(string | null)[]> {
  const files = await part.locator("[data-platform]").all();
  return await Promise.all(files.map(async (file) => await file.getAttribute("data-platform")));
}

const PC = VISITORS["Windows on a PC"];

describe.runIf(hasProgram(BROWSER))("the download page in a browser", () => {
  let site: PageSite;

  beforeAll(async () => {
    site = await openPageSite();
  });

  afterAll(async () => {
    await site[Symbol.asyncDispose]();
  });

  test.each([
    ["Windows on a PC", "windows-amd64", "Download for Windows"],
    ["Windows on ARM", "windows-arm64", "Download for Windows"],
    ["a Mac with an Intel processor", "darwin-amd64", "Download for Mac"],
    ["a Mac with an Apple chip", "darwin-arm64", "Download for Mac"],
    ["Linux on a PC", "linux-amd64", "Download for Linux"],
    ["Linux on ARM", "linux-arm64", "Download for Linux"],
    ["Linux in a browser without hints", "linux-arm64", "Download for Linux"],
    ["a Linux laptop with a touch screen", "linux-amd64", "Download for Linux"],
  ] as const)("gives %s one big button, and the others below", async (visitor, platform, call) => {
    await using visited = await visit(site.browser, site.url, VISITORS[visitor]);
    const { page } = visited;
    expect(await platformsIn(page.locator("#choice"))).toEqual([platform]);
    expect(await page.locator("#choice .get").innerText()).toContain(call);
    expect(await page.getByRole("status").first().innerText()).toBe("For your computer");
    expect(await page.locator("#which").isVisible()).toBe(false);
    const others = await platformsIn(page.locator("#downloads"));
    expect(others).toHaveLength(5);
    expect(others).not.toContain(platform);
    const help = page.locator("#choice-help details");
    expect(await help.getAttribute("data-help")).toBe(platform.split("-")[0]);
  });

  test("gives a Mac that does not say its chip both files, and says how to find out", async () => {
    await using visited = await visit(site.browser, site.url, VISITORS["a Mac that does not say its chip"]);
    const { page } = visited;
    expect(await platformsIn(page.locator("#choice"))).toEqual(["darwin-arm64", "darwin-amd64"]);
    const [apple, intel] = await page.locator("#choice .get").all();
    expect(await apple?.innerText()).toContain("Mac with Apple chip");
    expect(await intel?.innerText()).toContain("Mac with Intel processor");
    const [left, right] = [await apple?.boundingBox(), await intel?.boundingBox()];
    expect(right?.y).toBe(left?.y);
    expect(right?.width).toBeCloseTo(left?.width ?? 0, 0);
    expect(await page.locator("#which").innerText()).toContain("About This Mac");
    expect(await page.getByRole("heading", { name: "Mac", exact: true }).count()).toBe(0);
  });

  test("asks such a Mac which it is where the only file is for one of them", async () => {
    await using apple = await openPageSite(["windows/amd64", "darwin/arm64"]);
    await using visited = await visit(apple.browser, apple.url, VISITORS["a Mac that does not say its chip"]);
    const { page } = visited;
    expect(await platformsIn(page.locator("#choice"))).toEqual(["darwin-arm64"]);
    expect(await page.locator("#verdict").innerText()).toBe("This file is only for Macs with an Apple chip.");
    expect(await page.locator("#which").innerText()).toContain("About This Mac");
  });

  test("asks no Mac where its only file runs on both", async () => {
    await using intel = await openPageSite(["windows/amd64", "darwin/amd64"]);
    await using visited = await visit(intel.browser, intel.url, VISITORS["a Mac that does not say its chip"]);
    const { page } = visited;
    expect(await platformsIn(page.locator("#choice"))).toEqual(["darwin-amd64"]);
    expect(await page.locator("#verdict").innerText()).toBe("For your computer");
    expect(await page.locator("#which").isVisible()).toBe(false);
  });

  test("tells a Mac's chip by what draws, where it is named", async () => {
    const before = `${VISITORS["a Mac that does not say its chip"].before}
      WebGLRenderingContext.prototype.getParameter = () => "Apple M1, or similar";
      HTMLCanvasElement.prototype.getContext = () => Object.create(WebGLRenderingContext.prototype, {
        getExtension: { value: () => null },
      });`;
    const visitor = { ...VISITORS["a Mac that does not say its chip"], before };
    await using visited = await visit(site.browser, site.url, visitor);
    expect(await platformsIn(visited.page.locator("#choice"))).toEqual(["darwin-arm64"]);
  });

  test.each(["Android", "an iPhone"] as const)("tells %s for what computers it is, and lists all", async (visitor) => {
    await using visited = await visit(site.browser, site.url, VISITORS[visitor]);
    const { page } = visited;
    expect(await page.locator("#choice .get").count()).toBe(0);
    expect(await page.locator("#verdict").innerText()).toMatch(
      /This program is for Windows, Mac,? and Linux computers/,
    );
    expect(await platformsIn(page.locator("#downloads"))).toHaveLength(6);
  });

  test("lists all to an Android tablet that says it is a computer, and claims nothing", async () => {
    await using visited = await visit(site.browser, site.url, VISITORS["an Android tablet that says it is a computer"]);
    const { page } = visited;
    expect(await page.locator("#yours").isVisible()).toBe(false);
    expect(await platformsIn(page.locator("#downloads"))).toHaveLength(6);
  });

  test("lists all without a script, each with its link", async () => {
    await using visited = await visit(site.browser, `${site.url}de/`, { ...PC, javaScriptEnabled: false });
    const { page } = visited;
    expect(await page.locator("#yours").isVisible()).toBe(false);
    expect(await page.locator("#downloads-title").innerText()).toBe("Downloads");
    for (const link of await page.locator("#downloads .get").all()) {
      expect(await link.isVisible()).toBe(true);
      const answer = await page.request.get(new URL((await link.getAttribute("href")) ?? "", page.url()).href);
      expect(answer.status()).toBe(200);
    }
    expect(await platformsIn(page.locator("#downloads"))).toHaveLength(6);
    expect(await page.locator("button").filter({ visible: true }).count()).toBe(0);
    await page.locator("#downloads summary").first().click();
    expect(await page.locator("#downloads dd code").first().isVisible()).toBe(true);
  });

  test("gives the file as it was published, by mouse and by keyboard", async () => {
    await using visited = await visit(site.browser, site.url, PC);
    const { page } = visited;
    const { digest } = sampleDownload("windows/amd64");
    // The first thing that Tab reaches.
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.closest('#choice') !== null")).toBe(true);
    for (const start of [
      async () => await page.keyboard.press("Enter"),
      async () => await page.locator("#choice .get").click(),
    ]) {
      const [download] = await Promise.all([page.waitForEvent("download"), start()]);
      expect(download.suggestedFilename()).toBe("Meadow-windows-amd64.exe");
      const bytes = await readFile(await download.path());
      expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(digest);
    }
  });

  test("copies a digest, and says so", async () => {
    await using visited = await visit(site.browser, site.url, {
      ...PC,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const { page } = visited;
    await page.locator("#choice summary").click();
    await page.getByRole("button", { name: "Copy sha256 of Meadow-windows-amd64.exe" }).click();
    const said = page.locator("#choice dd [role=status]");
    await said.filter({ hasText: "Copied" }).waitFor();
    const { digest } = sampleDownload("windows/amd64");
    expect(`sha256:${await page.evaluate<string>("navigator.clipboard.readText()")}`).toBe(digest);
  });

  test.each([
    ["de-AT", "de"],
    ["fr", "fr"],
    ["zh-CN", "zh"],
    ["ja-JP", "ja"],
  ])("takes a visitor who reads %s from its root to their language", async (locale, language) => {
    await using visited = await visit(site.browser, site.url, { ...PC, locale });
    const { page } = visited;
    await page.waitForURL(`${site.url}${language}/`);
    expect(await page.locator("html").getAttribute("lang")).toBe(language === "zh" ? "zh-Hans" : language);
    await page.locator("#choice .get").waitFor();
  });

  test("takes who reads traditional Chinese to the language that they read next", async () => {
    const before = `Object.defineProperty(Navigator.prototype, "languages", { value: ["zh-TW", "zh", "ja", "en"] });`;
    await using visited = await visit(site.browser, site.url, { ...PC, before });
    await visited.page.waitForURL(`${site.url}ja/`);
    expect(await visited.page.locator("html").getAttribute("lang")).toBe("ja");
  });

  test.each(["en-GB", "pt-BR", "zh-TW", "zh-Hant-HK"])(
    "lets a visitor who reads %s stay at its root",
    async (locale) => {
      await using visited = await visit(site.browser, site.url, { ...PC, locale });
      expect(visited.page.url()).toBe(site.url);
      expect(await visited.page.locator("html").getAttribute("lang")).toBe("en");
    },
  );

  test("leaves a visitor in the language that they chose, and goes back to where they came from", async () => {
    await using visited = await visit(site.browser, site.url, { ...PC, locale: "de-DE" });
    const { page } = visited;
    await page.waitForURL(`${site.url}de/`);
    await page.getByRole("link", { name: "Español" }).click();
    await page.waitForURL(`${site.url}es/`);
    await page.locator("#choice .get").waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("es");
    await page.goBack();
    expect(page.url()).toBe(`${site.url}de/`);
  });
});
