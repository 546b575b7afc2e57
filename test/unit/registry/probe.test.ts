import { describe, expect, test } from "vitest";
import { openLinkProbe, type PartAnswer } from "../../../src/registry/probe.ts";
import { RefusedLocation } from "../../../src/registry/location.ts";
import { type Fault, faultOn } from "../../../src/server/registry/faults.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { blobOf, noise } from "../../support/bytes.ts";
import { startTestRegistry } from "../../support/registry.ts";

const CONTENT = noise(1000);
const RANGE = { first: 8, last: 15 };

async function partOf(fault: Fault | undefined, content: Uint8Array = CONTENT): Promise<PartAnswer> {
  await using registry = await startTestRegistry(fault === undefined ? {} : { faults: faultOn(/^GET .*blobs/, fault) });
  const blob = blobOf(content);
  await registry.storage.push(blob, contentOf(content));
  await using probe = openLinkProbe({ userAgent: "test", sleep: async () => undefined });
  return await probe.part(registry.storage.repository, blob.digest, RANGE);
}

describe("a part of a blob, asked for by a stranger", () => {
  test("is the part, and tells how large the whole is", async () => {
    expect(await partOf(undefined)).toEqual({
      kind: "part",
      bytes: Buffer.from(CONTENT.subarray(8, 16)),
      size: 1000,
      storage: undefined,
    });
  });

  test("is nothing of a blob without a byte", async () => {
    expect(await partOf(undefined, new Uint8Array())).toMatchObject({ kind: "part", size: 0 });
  });

  test("is all of it from a server that gives no parts", async () => {
    const whole: Fault = { kind: "answer", headers: { "content-length": "5" }, body: "whole" };
    expect(await partOf(whole)).toEqual({ kind: "whole", size: 5, storage: undefined });
  });

  test.each<[string, Fault]>([
    ["another part", { kind: "headers", headers: { "content-range": "bytes 0-7/1000" } }],
    ["more than that", { kind: "answer", status: 206, body: "longer than eight bytes" }],
    ["nothing about it", { kind: "headers", headers: { "content-range": "" } }],
  ])("is an error when the server gives %s", async (_what, fault) => {
    expect(await partOf(fault)).toMatchObject({ kind: "failed", error: { code: "bad-data" } });
  });

  test("is not looked for where nobody should be sent", async () => {
    const answer = await partOf({ kind: "redirect", to: "ftp://example.com/blob" });
    expect(answer).toMatchObject({ kind: "failed" });
    expect((answer as { error: unknown }).error).toBeInstanceOf(RefusedLocation);
  });
});
