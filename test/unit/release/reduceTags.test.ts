import { describe, expect, test } from "vitest";
import { openReduction } from "../../../src/release/reduceTags.ts";
import type { VersionQuestion } from "../../../src/release/resolve.ts";

const LATEST = { request: { kind: "latest" }, prereleases: false, quarantined: [] } as const;

function reduce(pages: readonly (readonly string[])[], change: Partial<VersionQuestion> = {}, most = 3): string[] {
  const reduction = openReduction({ ...LATEST, ...change }, most);
  for (const page of pages) reduction.add(page);
  return [...reduction.tags()];
}

describe("of many tags", () => {
  test("the newest that are allowed are kept, on whichever page they are", () => {
    expect(
      reduce([
        ["1.0.0", "9.0.0", "10.0.0"],
        ["2.0.0", "latest"],
        ["11.0.0-rc.1", "3.0.0"],
      ]),
    ).toEqual(["10.0.0", "9.0.0", "3.0.0"]);
    expect(reduce([["2.0.0"], ["1.0.0"], ["v0.9.0", "0.8.0"]])).toEqual(["2.0.0", "1.0.0", "v0.9.0"]);
  });

  test("as many are kept of 100,000 as of a hundred, from the least to the highest and the other way round", () => {
    const tags = Array.from({ length: 100_000 }, (_, index) => `${Math.floor(index / 1000)}.${index % 1000}.0`);
    for (const all of [tags, tags.toReversed()]) {
      const pages = Array.from({ length: 100 }, (_, page) => all.slice(page * 1000, (page + 1) * 1000));
      expect(reduce(pages)).toEqual(["99.999.0", "99.998.0", "99.997.0"]);
      // Nothing is allowed: what is named then is no more than a sentence has room for.
      expect(reduce(pages, { request: { kind: "exact", version: "1.0.1" } }).length).toBeLessThan(10);
    }
  });

  test("one without a v is kept for the same version with one, whichever comes first", () => {
    for (const pages of [[["v1.0.0"], ["1.0.0"]], [["1.0.0"], ["v1.0.0"]], [["1.0.0", "v1.0.0"]]])
      expect(reduce(pages)).toEqual(["1.0.0"]);
  });

  test("those that explain why there is none are kept until there is one", () => {
    const quarantined = ["3.0.0"];
    expect(reduce([["3.0.0", "4.0.0-rc.1"], ["1.0.0"]], { installed: "2.0.0", quarantined }).sort()).toEqual([
      "1.0.0",
      "3.0.0",
      "4.0.0-rc.1",
    ]);
    expect(reduce([["3.0.0", "4.0.0-rc.1"], ["1.0.0"], ["2.0.0"]], { installed: "2.0.0", quarantined })).toEqual([
      "2.0.0",
    ]);
  });
});
