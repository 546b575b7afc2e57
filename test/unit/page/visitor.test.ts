import { Script } from "node:vm";
import { describe, expect, test } from "vitest";
import { SCRIPT } from "../../../src/page/script.ts";
import { recognizeVisitor, type VisitorSigns } from "../../../src/page/visitor.ts";

const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const WINDOWS = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}`;
const MAC = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${CHROME}`;
const SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15";
const IPAD = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/131.0 Safari/605.1.15";
const LINUX = `Mozilla/5.0 (X11; Linux x86_64) ${CHROME}`;

const CASES: readonly (readonly [who: string, signs: VisitorSigns, platforms: readonly string[]])[] = [
  ["Windows without hints", { userAgent: WINDOWS }, ["windows-amd64", "windows-386"]],
  [
    "Windows on a PC",
    { userAgent: WINDOWS, platform: "Windows", architecture: "x86", bitness: "64" },
    ["windows-amd64", "windows-386"],
  ],
  ["Windows of 32 bits", { userAgent: WINDOWS, platform: "Windows", bitness: "32" }, ["windows-386"]],
  [
    "Windows on ARM by hints",
    { userAgent: WINDOWS, platform: "Windows", architecture: "arm", bitness: "64" },
    ["windows-arm64", "windows-amd64"],
  ],
  [
    "Windows on ARM by its name",
    { userAgent: "Mozilla/5.0 (Windows NT 10.0; ARM64; rv:130.0) Gecko/20100101 Firefox/130.0" },
    ["windows-arm64", "windows-amd64"],
  ],
  [
    "an Apple chip by hints",
    { userAgent: MAC, platform: "macOS", architecture: "arm" },
    ["darwin-arm64", "darwin-amd64"],
  ],
  ["an Intel Mac by hints", { userAgent: MAC, platform: "macOS", architecture: "x86" }, ["darwin-amd64"]],
  [
    "an Apple chip by what draws",
    { userAgent: SAFARI, renderer: "Apple M1, or similar" },
    ["darwin-arm64", "darwin-amd64"],
  ],
  ["an Intel Mac by what draws", { userAgent: SAFARI, renderer: "Intel(R) HD Graphics" }, ["darwin-amd64"]],
  ["an old Mac with another card", { userAgent: SAFARI, renderer: "AMD Radeon Pro 5500M" }, ["darwin-amd64"]],
  ["Linux", { userAgent: LINUX }, ["linux-amd64", "linux-386"]],
  [
    "Linux on ARM by hints",
    { userAgent: LINUX, platform: "Linux", architecture: "arm", bitness: "64" },
    ["linux-arm64"],
  ],
  [
    "Linux on ARM by its name",
    { userAgent: "Mozilla/5.0 (X11; Linux aarch64; rv:130.0) Firefox/130.0" },
    ["linux-arm64"],
  ],
  ["a small ARM", { userAgent: "Mozilla/5.0 (X11; Linux armv7l) Chromium/90.0" }, ["linux-arm"]],
  ["a small ARM by hints", { userAgent: LINUX, platform: "Linux", architecture: "arm", bitness: "32" }, ["linux-arm"]],
  ["an old PC", { userAgent: "Mozilla/5.0 (X11; Linux i686; rv:60.0) Firefox/60.0" }, ["linux-386"]],
  [
    "an old browser on a PC",
    { userAgent: "Mozilla/5.0 (X11; Linux i686 on x86_64; rv:60.0) Firefox/60.0" },
    ["linux-amd64", "linux-386"],
  ],
];

describe("recognizeVisitor", () => {
  test.each(CASES)("gives %s what runs there, best first", (_who, signs, platforms) => {
    expect(recognizeVisitor(signs)).toEqual({ kind: "computer", platforms, unsure: false });
  });

  test.each([undefined, "Apple GPU", "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device))"])(
    "is not sure of a Mac that draws with %j",
    (renderer) => {
      const platforms = ["darwin-arm64", "darwin-amd64"];
      expect(recognizeVisitor({ userAgent: SAFARI, renderer })).toEqual({ kind: "computer", platforms, unsure: true });
    },
  );

  test.each<readonly [string, VisitorSigns]>([
    ["Android", { userAgent: `Mozilla/5.0 (Linux; Android 10; K) ${CHROME} Mobile` }],
    ["a tablet", { userAgent: `Mozilla/5.0 (X11; Linux x86_64) ${CHROME}`, platform: "Android" }],
    ["an iPhone", { userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15" }],
    ["an iPad that says it is a Mac", { userAgent: SAFARI, touchPoints: 5 }],
    ["Chrome on such an iPad", { userAgent: IPAD.replace("Version", "CriOS") }],
    ["Firefox on such an iPad", { userAgent: IPAD.replace("Version", "FxiOS") }],
    ["Edge on such an iPad", { userAgent: IPAD.replace("Version", "EdgiOS") }],
    ["LG's television sets", { userAgent: `Mozilla/5.0 (Web0S; Linux/SmartTV) ${CHROME} WebAppManager` }],
    ["Samsung's television sets", { userAgent: `Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) ${CHROME}` }],
    ["an Xbox", { userAgent: `Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) ${CHROME}` }],
  ])("takes %s for no computer", (_who, signs) => {
    expect(recognizeVisitor(signs)).toEqual({ kind: "phone", platforms: [], unsure: false });
  });

  test.each([
    "",
    "curl/8.0",
    "Mozilla/5.0 (X11; FreeBSD amd64; rv:130.0) Firefox/130.0",
    `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROME}`,
    ...["riscv64", "ppc64le", "s390x", "loongarch64", "mips64"].map((chip) => `Mozilla/5.0 (X11; Linux ${chip}) Gecko`),
    "Mozilla/5.0 (Macintosh; PPC Mac OS X 10.5; rv:45.0) Gecko/20100101 TenFourFox/45.0",
  ])("does not guess for %j", (userAgent) => {
    expect(recognizeVisitor({ userAgent })).toMatchObject({ kind: "unknown", platforms: [] });
  });

  test("takes a computer with a touch screen for a computer", () => {
    expect(recognizeVisitor({ userAgent: WINDOWS, touchPoints: 10 })).toMatchObject({ kind: "computer" });
    const laptop = { userAgent: LINUX, platform: "Linux", touchPoints: 10, finePointer: true };
    expect(recognizeVisitor(laptop)).toMatchObject({ kind: "computer", platforms: ["linux-amd64", "linux-386"] });
  });

  test("does not take a large Android tablet, which says that it is a PC with Linux, for one", () => {
    const tablet = { userAgent: LINUX, platform: "Linux", touchPoints: 5, finePointer: false };
    expect(recognizeVisitor(tablet)).toMatchObject({ kind: "unknown", platforms: [] });
  });
});

describe("the script", () => {
  test("is small, and compiles by itself", () => {
    expect(Buffer.byteLength(SCRIPT)).toBeLessThan(5000);
    expect(() => new Script(SCRIPT)).not.toThrow();
  });
});
