import { describe, expect, test } from "vitest";
import { renderBadge } from "../../../src/page/badge.ts";

function widthOf(svg: string): number {
  return Number(/<svg [^>]*width="(\d+)"/.exec(svg)?.[1]);
}

describe("renderBadge", () => {
  test("says what it says to who hears it, too", () => {
    const svg = renderBadge({ label: "Meadow", value: "1.4.2" });
    expect(svg).toContain('role="img" aria-label="Meadow: 1.4.2"');
    expect(svg).toContain("<title>Meadow: 1.4.2</title>");
    expect(svg).toMatch(/>Meadow<\/text>[^]*>1\.4\.2<\/text>/);
  });

  test("is as wide as its words", () => {
    const [short, long] = ["1.4.2", "1.4.2-beta.11"].map((value) => widthOf(renderBadge({ label: "Meadow", value })));
    expect(short).toBeGreaterThan(80);
    expect(short).toBeLessThan(120);
    expect(long).toBeGreaterThan((short ?? 0) + 30);
    expect(widthOf(renderBadge({ label: "牧草地", value: "1" }))).toBeGreaterThan(
      widthOf(renderBadge({ label: "abc", value: "1" })),
    );
  });

  test("is short whatever it is to say, and needs nothing from elsewhere", () => {
    const svg = renderBadge({ label: "x".repeat(10_000), value: `"><image href="https://example.com/"/>` });
    expect(svg.length).toBeLessThan(2500);
    expect(svg).toContain("&lt;image");
    expect(svg).not.toMatch(/<image|xlink|url\(h/);
  });
});
