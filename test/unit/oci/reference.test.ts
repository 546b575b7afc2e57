import { describe, expect, test } from "vitest";
import { formatReference, parseReference, parseRepository } from "../../../src/oci/reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}` as const;

describe("references", () => {
  test.each([
    ["ghcr.io/example/app", { host: "ghcr.io", name: "example/app" }],
    ["ghcr.io/example/app:1.2.0", { host: "ghcr.io", name: "example/app", tag: "1.2.0" }],
    ["localhost:5000/app:1_2", { host: "localhost:5000", name: "app", tag: "1_2" }],
    ["[::1]:5000/app", { host: "[::1]:5000", name: "app" }],
    [`a.io/b@${DIGEST}`, { host: "a.io", name: "b", digest: DIGEST }],
    [`a.io/b:c@${DIGEST}`, { host: "a.io", name: "b", tag: "c", digest: DIGEST }],
    ["GHCR.IO/example/app", { host: "ghcr.io", name: "example/app" }],
    ["docker.io/alpine:3.20", { host: "docker.io", name: "library/alpine", tag: "3.20" }],
    ["index.docker.io/a/b", { host: "docker.io", name: "a/b" }],
    ["a.io/x__y.z--w/b", { host: "a.io", name: "x__y.z--w/b" }],
  ])("%s", (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
    expect(parseReference(formatReference(parseReference(text)))).toEqual(expected);
  });

  test.each([
    ["alpine:3.20", "it does not begin with a registry's host"],
    ["example/app", "it does not begin with a registry's host"],
    ["", "it does not begin with a registry's host"],
    ["ghcr.io/Example/app", 'the name "Example/app"'],
    ["ghcr.io/a//b", 'the name "a//b"'],
    ["ghcr.io/../b", 'the name "../b"'],
    ["ghcr.io/a_-b", 'the name "a_-b"'],
    ["ghcr.io/a:1.0+7", 'the tag "1.0+7"'],
    ["ghcr.io/a:", 'the tag ""'],
    [`ghcr.io/a:${"x".repeat(129)}`, "at most 128"],
    ["ghcr.io/a@sha256:short", "64 lowercase hex digits"],
    [`ghcr.io/a@sha256:${"A".repeat(64)}`, "64 lowercase hex digits"],
    ["ghcr.io/a@nothing", "not a digest"],
    ["-bad.io/a", "is not a host name"],
    [`a.io/${"x".repeat(255)}`, "longer than 255"],
  ])("%j is refused, with the part that is wrong", (text, problem) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({
        code: "usage",
        message: expect.stringContaining(problem),
        hint: expect.stringContaining("HOST/NAME"),
      }),
    );
  });

  test("a repository has neither tag nor digest", () => {
    expect(parseRepository("a.io/b")).toEqual({ host: "a.io", name: "b" });
    expect(() => parseRepository("a.io/b:c")).toThrow("without a tag or digest");
  });
});
