import { describe, expect, test } from "vitest";
import { parseReference } from "../../../src/oci/reference.ts";
import { labelOf } from "../../../src/publisher/reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("what a registry is asked for", () => {
  test.each([
    [`a.io/b:1.0.0@${DIGEST}`, DIGEST],
    [`a.io/b@${DIGEST}`, DIGEST],
    ["a.io/b:1.0.0", "1.0.0"],
  ])("%s: the digest, whatever the tag stands for by now", (text, expected) => {
    expect(labelOf(parseReference(text))).toBe(expected);
  });

  test("is not guessed", () => {
    expect(() => labelOf(parseReference("a.io/b"))).toThrow("a.io/b names no tag or digest");
  });
});
