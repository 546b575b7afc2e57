import { describe, expect, test } from "vitest";
import { selectLanguage } from "../../../src/page/language.ts";

describe("selectLanguage", () => {
  test.each([
    [undefined, "en"],
    ["", "en"],
    ["de", "de"],
    ["de-AT", "de"],
    ["DE-at,de;q=0.9,en;q=0.5", "de"],
    ["zh-Hant-TW,zh;q=0.9", "zh"],
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
