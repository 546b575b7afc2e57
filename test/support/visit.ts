import type { Browser, BrowserContextOptions, Page } from "playwright-core";

const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const NO_HINTS = `Object.defineProperty(Navigator.prototype, "userAgentData", { value: undefined });`;
const TOUCHED = `Object.defineProperty(Navigator.prototype, "maxTouchPoints", { value: 5 });`;

/** Who visits a page, and what their browser says of their computer. */
export interface Visit extends BrowserContextOptions {
  /** Runs before the page's own script. */
  readonly before?: string;
  /** Client hints, where they differ from what the user agent's name says. */
  readonly architecture?: string;
}

/** Visitors by their computers. Chromium gives the hints that go with the name, unless told otherwise. */
export const VISITORS = {
  "Windows on a PC": { userAgent: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}` },
  "Windows on ARM": { userAgent: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}`, architecture: "arm" },
  "a Mac with an Intel processor": { userAgent: `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${CHROME}` },
  "a Mac with an Apple chip": {
    userAgent: `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${CHROME}`,
    architecture: "arm",
  },
  "a Mac that does not say its chip": {
    userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
    before: NO_HINTS,
  },
  "Linux on a PC": { userAgent: `Mozilla/5.0 (X11; Linux x86_64) ${CHROME}` },
  "Linux on ARM": { userAgent: `Mozilla/5.0 (X11; Linux x86_64) ${CHROME}`, architecture: "arm" },
  "Linux in a browser without hints": {
    userAgent: "Mozilla/5.0 (X11; Linux aarch64; rv:140.0) Gecko/20100101 Firefox/140.0",
    before: NO_HINTS,
  },
  "a Linux laptop with a touch screen": {
    userAgent: `Mozilla/5.0 (X11; Linux x86_64) ${CHROME}`,
    before: TOUCHED,
  },
  "an Android tablet that says it is a computer": {
    userAgent: `Mozilla/5.0 (X11; Linux x86_64) ${CHROME}`,
    before: TOUCHED,
    hasTouch: true,
    isMobile: true,
    viewport: { width: 1280, height: 800 },
  },
  Android: {
    userAgent: `Mozilla/5.0 (Linux; Android 10; K) ${CHROME.replace("Safari", "Mobile Safari")}`,
    isMobile: true,
    viewport: { width: 412, height: 915 },
  },
  "an iPhone": {
    userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
    before: NO_HINTS,
    viewport: { width: 390, height: 844 },
  },
} satisfies Readonly<Record<string, Visit>>;

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** What browsers complain of: errors of scripts, and what a policy forbids. */
  readonly complaints: string[];
  /** Addresses that were asked for. */
  readonly requests: string[];
}

/** Opens a page as that visitor, and waits until its script has had its say. */
export async function visit(browser: Browser, url: string, visitor: Visit): Promise<OpenPage> {
  const { before, architecture, ...options } = visitor;
  const context = await browser.newContext({ locale: "en-US", ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  if (before !== undefined) await page.addInitScript(before);
  if (architecture !== undefined) {
    const session = await context.newCDPSession(page);
    const userAgent = options.userAgent ?? "";
    const platform = /Windows/.test(userAgent) ? "Windows" : /Mac/.test(userAgent) ? "macOS" : "Linux";
    await session.send("Emulation.setUserAgentOverride", {
      userAgent,
      userAgentMetadata: { platform, architecture, bitness: "64", platformVersion: "", model: "", mobile: false },
    });
  }
  const scripted = options.javaScriptEnabled !== false;
  // A page that takes its visitor to another one may do so before it is all there.
  await page.goto(url, { waitUntil: scripted ? "commit" : "load" });
  // That the script has chosen, or found that it cannot. A function of ours would be one that the page's policy forbids.
  if (scripted) await page.locator("#verdict:not(:empty)").waitFor({ state: "attached" });
  return { page, complaints, requests, [Symbol.asyncDispose]: async () => await context.close() };
}
