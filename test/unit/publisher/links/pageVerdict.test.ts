import { describe, expect, test } from "vitest";
import type { Digest } from "../../../../src/oci/digest.ts";
import {
  type Answered,
  digestOfTag,
  type ExpectedFile,
  judgeAnswer,
} from "../../../../src/publisher/links/pageVerdict.ts";

const A: Digest = `sha256:${"a".repeat(64)}`;
const B: Digest = `sha256:${"b".repeat(64)}`;
const EXPECTED: ExpectedFile = { digest: A, size: 100 };

function judge(answered: Partial<Answered>) {
  return judgeAnswer({ status: 200, etag: undefined, length: undefined, ...answered }, EXPECTED);
}

describe("an address of a page", () => {
  test.each<[string, Partial<Answered>, string]>([
    ["by the digest in its ETag", { etag: `"${A}"`, length: "100" }, "digest"],
    ["by a weak ETag", { etag: `W/"${A}"` }, "digest"],
    ["by the page's list and the size", { etag: '"0123-abc"', length: "100", listed: A }, "list"],
    ["by the size, where nothing tells a digest", { etag: '"0123-abc"', length: "100" }, "size"],
  ])("gives what is published: %s", (_how, answered, by) => {
    expect(judge(answered)).toEqual({ kind: "same", by });
  });

  test.each<[string, Partial<Answered>, string]>([
    ["another digest in its ETag", { etag: `"${B}"`, length: "100" }, `it gives sha256 ${"b".repeat(64)}`],
    ["another digest in its list", { length: "100", listed: B }, `its list names sha256 ${"b".repeat(64)}`],
    ["another size, as of a page that is shown instead", { length: "99" }, "it gives 99 bytes, and not 100"],
    ["another size than its list's digest has", { length: "99", listed: A }, "it gives 99 bytes, and not 100"],
  ])("gives something else: %s", (_how, answered, detail) => {
    expect(judge(answered)).toEqual({ kind: "different", detail });
  });

  test("may leave open what it gives", () => {
    expect(judge({})).toEqual({ kind: "unknown" });
    expect(judge({ length: "1e2" })).toEqual({ kind: "unknown" });
  });

  test.each([404, 403, 206, 304, 500])("that answers %d has no file", (status) => {
    expect(judge({ status, etag: `"${A}"` })).toEqual({ kind: "absent", status });
  });
});

test.each([undefined, '"abc"', `"${"a".repeat(64)}"`, `"${A}-gzip"`, `sha256:${"a".repeat(64)}`])(
  "no digest is read from the entity tag %s",
  (etag) => {
    expect(digestOfTag(etag)).toBeUndefined();
  },
);
