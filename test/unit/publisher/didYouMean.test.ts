import { describe, expect, test } from "vitest";
import { didYouMean } from "../../../src/publisher/didYouMean.ts";

const COMMANDS = ["push", "pull", "tags", "manifest", "inspect", "completion"];

describe("what was probably meant", () => {
  test.each([
    ["pusch", "Did you mean push?"],
    ["tag", "Did you mean tags?"],
    ["mainfest", "Did you mean manifest?"],
    ["insp", "Did you mean inspect?"],
    ["comp", "Did you mean completion?"],
    ["docker", undefined],
    ["p", undefined],
    ["", undefined],
  ])("by %j is %j", (typed, expected) => {
    expect(didYouMean(typed, COMMANDS)).toBe(expected);
  });

  test("is nothing where nothing is known", () => {
    expect(didYouMean("push", [])).toBeUndefined();
  });
});
