import fc from "fast-check";
import { expect, test } from "vitest";
import { isTooDeep } from "../../src/nesting.ts";

const nested = (open: string, depth: number, close: string): string => open.repeat(depth) + close.repeat(depth);

test.each([
  [nested("[", 200, "]"), false],
  [nested("[", 201, "]"), true],
  [nested('{"a":[', 100, "]}"), false],
  [nested('{"a":[', 101, "]}"), true],
  [`[${"[],".repeat(1000)}1]`, false],
  [`"${"[".repeat(1000)}"`, false],
  [`"\\"${"[".repeat(1000)}"`, false],
  [`"\\\\"${"[".repeat(1000)}`, true],
])("JSON case %# is nested too deeply: %s", (text, expected) => {
  expect(isTooDeep(text)).toBe(expected);
});

test("what people write is not", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(isTooDeep(text)).toBe(false);
    }),
  );
});
