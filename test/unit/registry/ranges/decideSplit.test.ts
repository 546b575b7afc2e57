import { describe, expect, test } from "vitest";
import { decideSplit, isFaster, planParts } from "../../../../src/registry/ranges/decideSplit.ts";

const MIB = 1024 * 1024;

describe("a blob", () => {
  test.each([
    ["goes on over one connection until it was waited for long enough", { bytes: 1 * MIB, waited: 1999 }, "go-on"],
    ["is split on a slow line", { bytes: 4 * MIB, waited: 2000 }, "split"],
    ["is split on a line that brings nothing to speak of", { bytes: 1, waited: 60_000 }, "split"],
    ["is split on a line just below what is fast", { bytes: 15_999_999, waited: 2000 }, "split"],
    ["is measured anew on a fast line", { bytes: 16_000_000, waited: 2000 }, "measure-anew"],
    ["is not split for a slow reader", { bytes: 100 * MIB, waited: 10 }, "go-on"],
    ["is not split near its end", { bytes: 4 * MIB, waited: 2000, left: 8 * MIB }, "go-on"],
    ["is split a little before that", { bytes: 4 * MIB, waited: 2000, left: 8 * MIB + 1 }, "split"],
    ["is not split where there are no ranges", { bytes: 4 * MIB, waited: 2000, ranges: false }, "go-on"],
    ["is not split before anything was measured", { bytes: 0, waited: 0 }, "go-on"],
  ])("%s", (_, facts, decision) => {
    expect(decideSplit({ left: 100 * MIB, ranges: true, ...facts })).toBe(decision);
  });

  test.each([
    ["what one connection brings in two seconds", { bytes: 2_000_000, waited: 2000 }, 2_000_000, 2_000_000],
    ["four MiB at most, behind that", { bytes: 15_000_000, waited: 2000 }, 15_000_000, 4 * MIB],
    ["half a MiB at least", { bytes: 1, waited: 60_000 }, MIB / 2, MIB / 2],
  ])("is split into parts of %s", (_, measured, first, part) => {
    expect(planParts(measured)).toEqual({ first, part });
  });
});

describe("several connections", () => {
  const one = { bytes: 4_000_000, waited: 2000 };
  test.each([
    ["are faster where they bring a third more", { bytes: 5_200_000, waited: 2000 }, true],
    ["are not where it is less", { bytes: 5_199_999, waited: 2000 }, false],
    ["are where nobody had to wait", { bytes: 5_000_000, waited: 0 }, true],
    ["are not where they are slower", { bytes: 4_000_000, waited: 4000 }, false],
  ])("%s", (_, several, faster) => {
    expect(isFaster(several, one)).toBe(faster);
  });
});
