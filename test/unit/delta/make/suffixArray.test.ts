import fc from "fast-check";
import { expect, test } from "vitest";
import { sortSuffixes } from "../../../../src/delta/make/suffixArray.ts";
import { noise } from "../../../support/bytes.ts";

function sortPlainly(text: Uint8Array): number[] {
  return [...text.keys()].sort((a, b) => Buffer.compare(text.subarray(a), text.subarray(b)));
}

test.each([
  ["nothing", ""],
  ["one byte", "a"],
  ["equal bytes", "aaaaaaaaaaaaaaaa"],
  ["a text", "mississippi"],
  ["a text that repeats", "abcabcabcabcabcab"],
])("sorts the suffixes of %s", (_name, text) => {
  const bytes = Buffer.from(text);
  expect([...sortSuffixes(bytes)]).toEqual(sortPlainly(bytes));
});

test("sorts those of any text", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 200 }), (symbols) => {
      const bytes = Uint8Array.from(symbols);
      expect([...sortSuffixes(bytes)]).toEqual(sortPlainly(bytes));
    }),
  );
});

test("sorts those of bytes of all values", () => {
  const bytes = noise(5000);
  expect([...sortSuffixes(bytes)]).toEqual(sortPlainly(bytes));
});
