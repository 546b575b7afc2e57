import { describe, expect, test } from "vitest";
import { EMPTY_DESCRIPTOR } from "../../../src/oci/descriptor.ts";
import { encodeManifest } from "../../../src/oci/manifest.ts";
import { OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { blobOf, collect, noise } from "../../support/bytes.ts";
import { KINDS, openServer } from "./open.ts";

const bytes = noise(1000);
const { digest } = blobOf(bytes);

describe.each(KINDS)("pushing (%s)", (kind) => {
  test("in chunks takes them in order only, and says where it stands", async () => {
    await using server = await openServer(kind);
    const start = await server.call("POST", "blobs/uploads/");
    const location = start.headers.get("location") ?? "";
    const patch = async (from: number, to: number): Promise<Response> =>
      await server.call("PATCH", location, {
        body: bytes.subarray(from, to),
        headers: { "content-range": `${from}-${to - 1}` },
      });
    expect((await patch(0, 400)).headers.get("range")).toBe("0-399");
    expect((await patch(500, 600)).status).toBe(416);
    const status = await server.call("GET", location);
    expect([status.status, status.headers.get("range")]).toEqual([204, "0-399"]);
    expect((await patch(400, 900)).status).toBe(202);
    const end = await server.call("PUT", `${location}?digest=${digest}`, { body: bytes.subarray(900) });
    expect([end.status, end.headers.get("docker-content-digest")]).toEqual([201, digest]);
    expect(bytes.equals(await collect(server.storage.fetch(blobOf(bytes))))).toBe(true);
  });

  test("in one POST, and cancelled", async () => {
    await using server = await openServer(kind);
    expect((await server.call("POST", `blobs/uploads/?digest=${digest}`, { body: bytes })).status).toBe(201);
    const start = await server.call("POST", "blobs/uploads/");
    const location = start.headers.get("location") ?? "";
    expect((await server.call("DELETE", location)).status).toBe(204);
    expect((await server.call("GET", location)).status).toBe(404);
  });

  test("of other bytes than the digest says is refused, and nothing is kept", async () => {
    await using server = await openServer(kind);
    const answer = await server.call("POST", `blobs/uploads/?digest=${digest}`, { body: noise(1000, "other") });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ code: "DIGEST_INVALID" }] });
    expect(await server.storage.has(blobOf(bytes))).toBe(false);
  });

  test("mounts what another repository has, and else asks for the bytes", async () => {
    await using server = await openServer(kind);
    await server.storage.push(blobOf(bytes), contentOf(bytes));
    expect(
      (await server.call("POST", `/v2/example/other/blobs/uploads/?mount=${digest}&from=example/app`)).status,
    ).toBe(201);
    expect((await server.call("POST", `/v2/example/other/blobs/uploads/?mount=${digest}&from=nobody/has`)).status).toBe(
      202,
    );
  });

  test.each([
    [
      "whose children are missing",
      encodeManifest({ schemaVersion: 2, config: EMPTY_DESCRIPTOR, layers: [blobOf(bytes)] }),
      OCI_MANIFEST,
      404,
      "MANIFEST_BLOB_UNKNOWN",
    ],
    ["that is none", new TextEncoder().encode("{}"), OCI_MANIFEST, 400, "MANIFEST_INVALID"],
    ["of another type", new TextEncoder().encode("{}"), "text/plain", 400, "MANIFEST_INVALID"],
    ["that is too large", new Uint8Array(4 * 1024 * 1024 + 1), OCI_MANIFEST, 413, "SIZE_INVALID"],
  ])("refuses a manifest %s", async (_, body, type, status, code) => {
    await using server = await openServer(kind);
    const answer = await server.call("PUT", "manifests/1.0.0", {
      body: Buffer.from(body),
      headers: { "content-type": type },
    });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ errors: [{ code }] });
  });
});
