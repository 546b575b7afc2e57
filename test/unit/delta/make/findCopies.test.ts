import { describe, expect, test } from "vitest";
import { openBlockSearch } from "../../../../src/delta/make/blockSearch.ts";
import { findCopies } from "../../../../src/delta/make/findCopies.ts";
import { noise } from "../../../support/bytes.ts";

const NOISE = noise(4000);

describe("copies", () => {
  test("are one where nothing changed but bytes here and there", () => {
    const after = Buffer.from(NOISE);
    for (let at = 5; at < after.length; at += 50) after[at]! ^= 0xff;
    expect(findCopies(NOISE, after)).toEqual([{ from: 0, to: 0, length: 4000 }]);
  });

  test("go on up to the end where something was put in", () => {
    const after = Buffer.concat([NOISE.subarray(0, 1000), noise(100, "3"), NOISE.subarray(1000)]);
    const copies = findCopies(NOISE, after);
    expect(copies.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(3950);
    expect(copies.at(-1)).toEqual(expect.objectContaining({ length: expect.closeTo(3000, -2) }));
  });

  test("go on up to the end where the last match reaches it", () => {
    const after = Buffer.concat([noise(500, "3"), NOISE.subarray(2000)]);
    const last = findCopies(Buffer.concat([NOISE, noise(50, "8")]), after).at(-1)!;
    expect(last.to + last.length).toBe(after.length);
    expect(last.length).toBeGreaterThan(1990);
  });
});

describe("the search by blocks", () => {
  test("finds what has a whole block of the old content in it, at any place", () => {
    const after = Buffer.concat([noise(77, "3"), NOISE.subarray(1024, 1224)]);
    const search = openBlockSearch(NOISE, after);
    const found: number[] = [];
    for (let at = 0; at < after.length; at += 1) {
      search.find(at);
      if (search.length > 0) found.push(at, search.position);
    }
    expect(found.slice(0, 4)).toEqual([77, 1024, 109, 1056]);
  });

  test("finds nothing in what is new", () => {
    const after = noise(3000, "3");
    const search = openBlockSearch(NOISE, after);
    for (let at = 0; at < after.length; at += 1) {
      search.find(at);
      expect(search.length).toBe(0);
    }
  });
});
