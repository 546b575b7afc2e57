import { describe, expect, test } from "vitest";
import { judgeConditions, rangeHolds } from "../../../../../src/server/gateway/delivery/conditional.ts";

const ETAG = '"sha256:aa"';

describe("If-None-Match", () => {
  test.each([
    [ETAG, "not-modified"],
    [`W/${ETAG}`, "not-modified"],
    ["*", "not-modified"],
    [" * ", "not-modified"],
    [`"x", ${ETAG}`, "not-modified"],
    [`"x",W/${ETAG} ,"y"`, "not-modified"],
    [`"a,b"${ETAG}`, "not-modified"],
    ['"sha256:ab"', "go-on"],
    ["sha256:aa", "go-on"],
    [`"x${ETAG.slice(1)}`, "go-on"],
    ['"x*"', "go-on"],
    ["", "go-on"],
    [undefined, "go-on"],
    [`${'"a",'.repeat(4000)}"b`, "go-on"],
  ] as const)("%s", (header, expected) => {
    expect(judgeConditions({ "if-none-match": header }, ETAG)).toBe(expected);
  });
});

describe("If-Match", () => {
  test.each([
    [ETAG, "go-on"],
    [`"x", ${ETAG}`, "go-on"],
    ["*", "go-on"],
    [`W/${ETAG}`, "failed"],
    ['"x"', "failed"],
  ] as const)("%s", (header, expected) => {
    expect(judgeConditions({ "if-match": header }, ETAG)).toBe(expected);
  });

  test("comes before If-None-Match", () => {
    expect(judgeConditions({ "if-match": '"x"', "if-none-match": ETAG }, ETAG)).toBe("failed");
    expect(judgeConditions({ "if-match": ETAG, "if-none-match": ETAG }, ETAG)).toBe("not-modified");
  });
});

test.each([
  [undefined, true],
  [ETAG, true],
  [` ${ETAG} `, true],
  [`W/${ETAG}`, false],
  ['"x"', false],
  ["Sat, 01 Jan 2000 00:00:00 GMT", false],
  ["*", false],
])("a range holds with If-Range: %s is %s", (header, expected) => {
  expect(rangeHolds(header, ETAG)).toBe(expected);
});
