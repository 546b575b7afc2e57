import { describe, expect, test } from "vitest";
import { selectForVisitor } from "../../../src/page/selectForVisitor.ts";
import type { Download } from "../../../src/release/download.ts";
import { sampleDownload } from "../../support/sampleCatalog.ts";

const ALL = [
  "windows/amd64",
  "windows/arm64",
  "windows/386",
  "darwin/amd64",
  "darwin/arm64",
  "linux/amd64",
  "linux/arm64",
  "linux/arm/v7",
  "linux/386",
];

const KIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const CHROME = `${KIT} Chrome/131.0.0.0 Safari/537.36`;
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";

interface Hints {
  readonly platform?: string;
  readonly architecture?: string;
  readonly bitness?: string;
}

const X64 = { architecture: '"x86"', bitness: '"64"' };
const ARM = { architecture: '"arm"', bitness: '"64"' };

/** Platforms of what a visitor gets, from these. */
function chosen(platforms: readonly (string | undefined)[], userAgent: string | undefined, hints: Hints = {}): unknown {
  const downloads = platforms.map((platform): Download =>
    sampleDownload(platform ?? "linux/amd64", platform === undefined ? { platform } : {}),
  );
  const { platform, architecture, bitness } = hints;
  const choice = selectForVisitor(downloads, { userAgent, platform, architecture, bitness });
  const nameOf = (download: Download): string | undefined => platforms[downloads.indexOf(download)] ?? "any";
  if (choice.kind === "one") return nameOf(choice.download);
  return choice.kind === "unsure" ? choice.downloads.map(nameOf) : "none";
}

describe("of files for every computer", () => {
  test.each<[who: string, userAgent: string | undefined, hints: Hints, expected: unknown]>([
    ["Chrome on Windows", `${WINDOWS} ${CHROME}`, { platform: '"Windows"', ...X64 }, "windows/amd64"],
    ["Chrome on Windows, at its first visit", `${WINDOWS} ${CHROME}`, { platform: '"Windows"' }, "windows/amd64"],
    ["Chrome on Windows on ARM", `${WINDOWS} ${CHROME}`, { platform: '"Windows"', ...ARM }, "windows/arm64"],
    ["Edge on Windows", `${WINDOWS} ${CHROME} Edg/131.0.0.0`, { platform: '"Windows"', ...X64 }, "windows/amd64"],
    [
      "Chrome on a Windows of 32 bits",
      `${WINDOWS} ${CHROME}`,
      { platform: '"Windows"', architecture: '"x86"', bitness: '"32"' },
      "windows/386",
    ],
    [
      "Firefox on Windows",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
      {},
      "windows/amd64",
    ],
    [
      "Firefox of 32 bits, which does not tell what is below it",
      "Mozilla/5.0 (Windows NT 10.0; rv:133.0) Gecko/20100101 Firefox/133.0",
      {},
      "windows/amd64",
    ],
    ["Internet Explorer", "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", {}, "windows/amd64"],
    ["Chrome on an Intel Mac", `${MAC} ${CHROME}`, { platform: '"macOS"', ...X64 }, "darwin/amd64"],
    ["Chrome on an Apple chip", `${MAC} ${CHROME}`, { platform: '"macOS"', ...ARM }, "darwin/arm64"],
    [
      "Chrome on a Mac, at its first visit",
      `${MAC} ${CHROME}`,
      { platform: '"macOS"' },
      ["darwin/arm64", "darwin/amd64"],
    ],
    [
      "Safari",
      `${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`,
      {},
      ["darwin/arm64", "darwin/amd64"],
    ],
    [
      "Firefox on a Mac",
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0",
      {},
      ["darwin/arm64", "darwin/amd64"],
    ],
    ["Chrome on Linux", `Mozilla/5.0 (X11; Linux x86_64) ${CHROME}`, { platform: '"Linux"', ...X64 }, "linux/amd64"],
    [
      "Chrome on Linux on ARM",
      `Mozilla/5.0 (X11; Linux x86_64) ${CHROME}`,
      { platform: '"Linux"', ...ARM },
      "linux/arm64",
    ],
    [
      "Firefox on Ubuntu",
      "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
      {},
      "linux/amd64",
    ],
    [
      "Firefox on Linux on ARM",
      "Mozilla/5.0 (X11; Linux aarch64; rv:133.0) Gecko/20100101 Firefox/133.0",
      {},
      "linux/arm64",
    ],
    ["Chromium on a Raspberry Pi", `Mozilla/5.0 (X11; Linux armv7l) ${CHROME}`, {}, "linux/arm/v7"],
    ["Chrome OS", `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROME}`, { platform: '"Chrome OS"', ...X64 }, "none"],
    [
      "Android",
      `Mozilla/5.0 (Linux; Android 10; K) ${KIT} Chrome/131.0.0.0 Mobile Safari/537.36`,
      { platform: '"Android"' },
      "none",
    ],
    [
      "an iPhone",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
      {},
      "none",
    ],
    ["curl", "curl/8.5.0", {}, "none"],
    ["wget", "Wget/1.21.4", {}, "none"],
    [
      "PowerShell, which says where it runs",
      "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.22621.4391",
      {},
      "windows/amd64",
    ],
    ["a search engine", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", {}, "none"],
    [
      "a search engine that takes the name of a browser",
      `${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)`,
      {},
      "none",
    ],
    ["nobody in particular", undefined, {}, "none"],
    ["nonsense", "x".repeat(10_000), { platform: '"Plan 9"', architecture: "?", bitness: "" }, "none"],
  ])("%s gets its own", (_, userAgent, hints, expected) => {
    expect(chosen(ALL, userAgent, hints)).toEqual(expected);
  });
});

describe("of few files", () => {
  test.each<
    [what: string, platforms: readonly (string | undefined)[], userAgent: string, hints: Hints, expected: unknown]
  >([
    [
      "Windows on ARM runs what is for other PCs",
      ["windows/amd64"],
      WINDOWS,
      { platform: '"Windows"', ...ARM },
      "windows/amd64",
    ],
    [
      "a Mac with an Apple chip runs what is for Intel",
      ["darwin/amd64"],
      MAC,
      { platform: '"macOS"', ...ARM },
      "darwin/amd64",
    ],
    [
      "an Intel Mac does not run what is for Apple chips",
      ["darwin/arm64"],
      MAC,
      { platform: '"macOS"', ...X64 },
      "none",
    ],
    ["a Mac of any kind gets what runs on both", ["windows/amd64", "darwin/amd64"], MAC, {}, "darwin/amd64"],
    [
      "a Mac of any kind is asked about what is for Apple chips alone",
      ["windows/amd64", "darwin/arm64"],
      MAC,
      {},
      ["darwin/arm64"],
    ],
    ["a Mac of any kind gets what is for all computers", [undefined, "windows/amd64"], MAC, {}, "any"],
    ["a system for which there is none gets none", ["windows/amd64"], "Mozilla/5.0 (X11; Linux x86_64)", {}, "none"],
    ["what is for all computers is for this one", [undefined], WINDOWS, {}, "any"],
    ["its own comes before what is for all", [undefined, "windows/amd64"], WINDOWS, {}, "windows/amd64"],
    ["nobody gets one of none", [], WINDOWS, {}, "none"],
  ])("%s", (_, platforms, userAgent, hints, expected) => {
    expect(chosen(platforms, userAgent, hints)).toEqual(expected);
  });
});
