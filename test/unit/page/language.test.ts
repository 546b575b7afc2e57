import { describe, expect, test } from "vitest";
import { selectLanguage } from "../../../src/page/language.ts";

describe("selectLanguage", () => {
  test.each([
    [undefined, "en"],
    ["", "en"],
    ["de", "de"],
    ["de-AT", "de"],
    ["DE-at,de;q=0.9,en;q=0.5", "de"],
    ["zh", "zh"],
    ["zh-CN,zh;q=0.9,zh-TW;q=0.8,en;q=0.7", "zh"],
    ["zh-Hans-HK,en;q=0.9", "zh"],
    ["zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "en"],
    ["zh-HK, ja;q=0.5", "ja"],
    ["zh-MO,de;q=0.5,zh-CN;q=0.4", "de"],
    ["zh-Hant-TW,zh;q=0.9", "en"],
    ["ZH-HANT", "en"],
    ["zh;q=0.5,zh-tw,zh-SG;q=0.1", "zh"],
    ["zh-yue-HK", "en"],
    ["pt-BR,pt;q=0.9", "en"],
    ["pt-BR,es;q=0.5,en;q=0.1", "es"],
    ["en;q=0.3,fr;q=0.8,ja;q=0.8", "fr"],
    ["fr ; q=0.2 , ja ; q=0.9", "ja"],
    ["fr;q=0", "en"],
    ["fr;q=0,*", "en"],
    ["*", "en"],
    ["deutsch", "en"],
    ["constructor,__proto__", "en"],
    ["fr;q=2,de;q=0.1", "de"],
    ["fr;q=nonsense,es;q=0.1", "es"],
    [",,;;q=1,es", "es"],
  ])("takes %j for %s", (header, language) => {
    expect(selectLanguage(header)).toBe(language);
  });

  test("reads no more than a beginning of a list without end", () => {
    expect(selectLanguage(`${"x,".repeat(100_000)}de`)).toBe("en");
  });
});
