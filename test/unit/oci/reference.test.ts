import { describe, expect, test } from "vitest";
import {
  formatReference,
  isRepositoryName,
  isTag,
  parseHost,
  parseReference,
  parseRepository,
} from "../../../src/oci/reference.ts";
import { withoutLogin } from "../../../src/redact.ts";

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
    ["localhost/app", { host: "localhost", name: "app" }],
    ["127.0.0.1:65535/app", { host: "127.0.0.1:65535", name: "app" }],
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
    ["a.io:65536/b", '"a.io:65536" is not a host name'],
    ["a.io:/b", "is not a host name"],
    ["999.1.1.1/b", "is not a host name"],
    ["[:::]:1/b", "is not a host name"],
    ["user@a.io/b", "a name and password do not belong in it"],
    ["https://a.io/b", "is not a host name"],
    ["a.io/b ", 'the name "b "'],
    ["a.io/b:c:d", 'the name "b:c"'],
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

describe("a login in an address", () => {
  test.each([
    ["ci:s3cret@registry.corp/app", "***@registry.corp/app"],
    ["https://ci:s3cret@registry.corp/app", "https://***@registry.corp/app"],
    ["https://s3cret@registry.corp", "https://***@registry.corp"],
    ["ci:s3cret@registry.corp", "***@registry.corp"],
    ["ci:s3/cr@et@registry.corp:5000/app:1.0", "***@registry.corp:5000/app:1.0"],
    ["ci:s3cret@registry.corp/app@nothing", "***@registry.corp/app@nothing"],
    [`ci:s3cret@registry.corp/app@${DIGEST}`, `***@registry.corp/app@${DIGEST}`],
  ])("is hidden: %s", (text, shown) => {
    expect(withoutLogin(text)).toBe(shown);
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/s3|cr@?et/) }),
    );
  });

  test.each(["ci:s3cret@registry.corp", "https://ci:s3cret@registry.corp/v2/", "ci:1/s3cr@et@registry.corp"])(
    "is hidden where a host is wanted: %s",
    (text) => {
      expect(() => parseHost(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/s3|cr@?et/) }),
      );
    },
  );

  test.each([
    "registry.corp/app",
    "registry.corp:5000/app:1.0",
    `registry.corp:5000/app:1.0@${DIGEST}`,
    `app:1.0@${DIGEST}`,
    "registry.corp:5000/app@latest",
    "oci:/home/me@work/app",
  ])("is not what %s has", (text) => expect(withoutLogin(text)).toBe(text));
});

describe("names and tags", () => {
  test.each([
    ["a", true],
    ["a/b/c", true],
    ["a.b_c__d-e---f", true],
    ["x".repeat(255), true],
    ["x".repeat(256), false],
    ["", false],
    ["/a", false],
    ["a/", false],
    ["a//b", false],
    ["a/../b", false],
    ["_uploads", false],
    ["a..b", false],
    ["a___b", false],
    ["A", false],
    ["a\n", false],
  ])("the name %j is one: %s", (text, expected) => expect(isRepositoryName(text)).toBe(expected));

  test.each([
    ["1.0.0", true],
    ["_", true],
    ["A-b.C_d", true],
    ["x".repeat(128), true],
    ["x".repeat(129), false],
    ["", false],
    [".hidden", false],
    ["-x", false],
    ["1.0+7", false],
    ["a/b", false],
    ["a\n", false],
  ])("the tag %j is one: %s", (text, expected) => expect(isTag(text)).toBe(expected));

  test("a text of nothing but colons is refused at once", () => {
    // Read over again from each colon it would take minutes.
    const text = `@${":".repeat(200_000)}`;
    expect(() => parseReference(text)).toThrow("not a reference");
  });
});
