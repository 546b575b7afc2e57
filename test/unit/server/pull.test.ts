import { describe, expect, test } from "vitest";
import { OCI_INDEX } from "../../../src/oci/mediaTypes.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { blobOf, noise } from "../../support/bytes.ts";
import { pushSample } from "../../support/sample.ts";
import { KINDS, openServer } from "./open.ts";

const bytes = noise(1000);
const { digest } = blobOf(bytes);

describe.each(KINDS)("pulling (%s)", (kind) => {
  test.each([
    ["bytes=0-9", 206, 0, 10],
    ["bytes=990-", 206, 990, 1000],
    ["bytes=990-5000", 206, 990, 1000],
    ["bytes=-10", 206, 990, 1000],
    ["bytes=0-0,5-6", 200, 0, 1000],
    ["lines=1-2", 200, 0, 1000],
    ["bytes=1000-", 416, 0, 0],
    ["bytes=9-3", 416, 0, 0],
  ])("a blob with Range %s is answered with %i", async (range, status, from, to) => {
    await using server = await openServer(kind);
    await server.storage.push(blobOf(bytes), contentOf(bytes));
    const answer = await server.call("GET", `blobs/${digest}`, { headers: { range } });
    expect(answer.status).toBe(status);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes.subarray(from, to))).toBe(true);
    expect(answer.headers.get("content-range")).toBe(
      status === 206 ? `bytes ${from}-${to - 1}/1000` : status === 416 ? "bytes */1000" : null,
    );
  });

  test("says what it has by HEAD, without a body", async () => {
    await using server = await openServer(kind);
    const index = await pushSample(server.storage, { tag: "1.0.0" });
    const answer = await server.call("HEAD", "manifests/1.0.0");
    expect([answer.status, answer.headers.get("docker-content-digest"), answer.headers.get("content-type")]).toEqual([
      200,
      index.digest,
      OCI_INDEX,
    ]);
    expect(await answer.text()).toBe("");
  });

  test.each([
    ["manifests/nothing", 404, "MANIFEST_UNKNOWN"],
    [`manifests/sha256:${"0".repeat(64)}`, 404, "MANIFEST_UNKNOWN"],
    [`blobs/sha256:${"0".repeat(64)}`, 404, "BLOB_UNKNOWN"],
    ["blobs/sha256:short", 400, "DIGEST_INVALID"],
    ["manifests/.bad", 400, "MANIFEST_INVALID"],
    ["/v2/nobody/tags/list", 404, "NAME_UNKNOWN"],
    ["/v2/Bad/Name/tags/list", 400, "NAME_INVALID"],
    ["/v2/..%2f..%2fetc/tags/list", 400, "NAME_INVALID"],
    ["/v1/search", 404, "UNSUPPORTED"],
    ["blobs/uploads/unknown", 404, "BLOB_UPLOAD_UNKNOWN"],
  ])("%s is answered with %i %s", async (path, status, code) => {
    await using server = await openServer(kind);
    await pushSample(server.storage, { tag: "1.0.0" });
    const answer = await server.call("GET", path);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ errors: [{ code }] });
  });
});
