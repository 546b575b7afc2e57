import { describe, expect, test } from "vitest";
import {
  algorithmOf,
  type Digest,
  digestOf,
  digestProblem,
  encodedOf,
  openHash,
  parseDigest,
} from "../../../src/oci/digest.ts";

const HEX = "0123456789abcdef".repeat(4);

describe("digests", () => {
  test("are those of the published test vectors", () => {
    expect(digestOf(Buffer.from("{}"))).toBe("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    expect(digestOf(Buffer.from("abc"), "sha512")).toBe(
      "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    );
  });

  test.each([
    `sha256:${HEX}`,
    `sha512:${HEX}${HEX}`,
    "blake3:abc",
    "sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564",
    "a_b-c.d:e=-_",
  ])("%s is well-formed", (text) => expect(parseDigest(text)).toBe(text));

  test.each([
    ["", 'not a digest: expected "sha256:" and 64 hex digits, got ""'],
    ["sha256", 'not a digest: expected "sha256:" and 64 hex digits, got "sha256"'],
    ["SHA256:abc", "not a digest"],
    ["sha256:", "not a digest"],
    [`sha256:${HEX}\n`, "not a digest"],
    ["sha256:../../etc/passwd", "not a digest"],
    ["../x:abc", "not a digest"],
    [`x:${"a".repeat(300)}`, "not a digest"],
    ["sha256:abc", 'not a sha256 digest: expected 64 lowercase hex digits, got "abc"'],
    [`sha256:${HEX.toUpperCase()}`, "not a sha256 digest: expected 64 lowercase hex digits"],
    [`sha256:${HEX}0`, "not a sha256 digest"],
    [`sha512:${HEX}`, "not a sha512 digest: expected 128 lowercase hex digits"],
  ])("%j is refused", (text, problem) => {
    expect(digestProblem(text)).toContain(problem);
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: "bad-data" }));
  });

  test("have two parts", () => {
    const digest: Digest = `sha256:${HEX}`;
    expect([algorithmOf(digest), encodedOf(digest)]).toEqual(["sha256", HEX]);
  });

  // The second is a key of every object.
  test.each(["blake3:abc", "constructor:abc"] as const)("%s is never trusted: nobody can check it", (digest) => {
    expect(digestProblem(digest)).toBeUndefined();
    expect(() => openHash(digest)).toThrow(
      expect.objectContaining({ code: "bad-data", message: expect.stringContaining("is not an algorithm") }),
    );
  });
});
