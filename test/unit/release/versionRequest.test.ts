import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { formatVersionRequest, parseVersionRequest } from "../../../src/release/versionRequest.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;

describe("parseVersionRequest", () => {
  test.each([
    ["latest", { kind: "latest" }],
    [" latest ", { kind: "latest" }],
    ["1.4.2", { kind: "exact", version: "1.4.2" }],
    ["v1.4.2", { kind: "exact", version: "1.4.2" }],
    ["1.4.0+7", { kind: "exact", version: "1.4.0+7" }],
    ["1.4.0_7", { kind: "exact", version: "1.4.0+7" }],
    ["2.0.0-rc.1", { kind: "exact", version: "2.0.0-rc.1" }],
    ["^1.4", { kind: "range", range: "^1.4" }],
    ["~1.2", { kind: "range", range: "~1.2" }],
    ["1.x", { kind: "range", range: "1.x" }],
    [">=1 <2", { kind: "range", range: ">=1 <2" }],
    ["1.2.3 - 2.0.0", { kind: "range", range: "1.2.3 - 2.0.0" }],
    ["1", { kind: "range", range: "1" }],
    ["1.4", { kind: "range", range: "1.4" }],
    [DIGEST, { kind: "digest", digest: DIGEST }],
  ])("reads %j", (text, request) => {
    expect(parseVersionRequest(text)).toEqual(request);
  });

  test.each(["", "  ", "newest", "1.2.3.4", "^", "sha256:abc", `sha256:${"AB".repeat(32)}`, "md5:abc", "1.4.2.sig"])(
    "refuses %j with examples of what to write",
    (text) => {
      const error = catchError(() => parseVersionRequest(text));
      expect(error).toMatchObject({ code: "config" });
      expect(error.hint).toContain('"^1.4"');
    },
  );

  test.each(["latest", "1.4.0+7", ">=1 <2", DIGEST])("is the inverse of formatVersionRequest for %s", (text) => {
    expect(formatVersionRequest(parseVersionRequest(text))).toBe(text);
  });
});

function catchError(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}
