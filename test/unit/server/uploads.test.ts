import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { OCI_INDEX } from "../../../src/oci/mediaTypes.ts";
import { blobOf, collect, noise } from "../../support/bytes.ts";
import { KINDS, openServer, type TestServer } from "./open.ts";

const bytes = noise(1000);
const { digest } = blobOf(bytes);

async function startUpload(server: TestServer): Promise<string> {
  const answer = await server.call("POST", "blobs/uploads/");
  return answer.headers.get("location") ?? "";
}

/** A PATCH that the server has begun to read, and whose body is still to come. */
async function openPatch(server: TestServer, path: string, length: number): Promise<ClientRequest> {
  const patch = request(new URL(path, server.server.url), {
    method: "PATCH",
    headers: { expect: "100-continue", "content-length": length },
    agent: false,
  });
  patch.flushHeaders();
  await once(patch, "continue");
  return patch;
}

describe.each(KINDS)("an upload (%s)", (kind) => {
  test.each([
    ["0-99", 400, "SIZE_INVALID"],
    ["1-1000", 416, "BLOB_UPLOAD_INVALID"],
    ["nonsense", 416, "BLOB_UPLOAD_INVALID"],
    ["10-5", 416, "BLOB_UPLOAD_INVALID"],
  ])(
    "of 1000 bytes with Content-Range %s is refused with %i, and stands where it stood",
    async (range, status, code) => {
      await using server = await openServer(kind);
      const location = await startUpload(server);
      const refused = await server.call("PATCH", location, { body: bytes, headers: { "content-range": range } });
      expect(refused.status).toBe(status);
      expect(await refused.json()).toMatchObject({ errors: [{ code }] });
      expect((await server.call("PUT", `${location}?digest=${digest}`, { body: bytes })).status).toBe(201);
    },
  );

  test("that says where it stands when it refuses", async () => {
    await using server = await openServer(kind);
    const location = await startUpload(server);
    await server.call("PATCH", location, { body: bytes.subarray(0, 400) });
    const refused = await server.call("PATCH", location, { body: "x", headers: { "content-range": "9-9" } });
    expect([refused.status, refused.headers.get("range"), refused.headers.get("location")]).toEqual([
      416,
      "0-399",
      location,
    ]);
  });

  test("belongs to its repository", async () => {
    await using server = await openServer(kind);
    const elsewhere = (await startUpload(server)).replace("example/app", "example/other");
    for (const method of ["GET", "PATCH", "DELETE"]) expect((await server.call(method, elsewhere)).status).toBe(404);
  });

  test("that broke off in the middle of a request counts for nothing", async () => {
    await using server = await openServer(kind);
    const location = await startUpload(server);
    const broken = await openPatch(server, location, 500);
    broken.on("error", () => undefined);
    await new Promise<void>((resolve) => broken.write("half of it", () => resolve()));
    broken.destroy();
    expect((await server.call("GET", location)).headers.get("range")).toBe("0-0");
    expect((await server.call("PUT", `${location}?digest=${digest}`, { body: bytes })).status).toBe(201);
  });

  test("that is finished takes nothing more from a request that began before", async () => {
    await using server = await openServer(kind);
    const location = await startUpload(server);
    const late = await openPatch(server, location, 500);
    const answered = once(late, "response");
    expect((await server.call("PUT", `${location}?digest=${digest}`, { body: bytes })).status).toBe(201);
    late.end(noise(500, "late"));
    await answered;
    expect(bytes.equals(await collect(server.storage.fetch(blobOf(bytes))))).toBe(true);
  });

  test("without a digest, or with one of an algorithm that nobody can check, is refused", async () => {
    await using server = await openServer(kind);
    const location = await startUpload(server);
    for (const query of ["", "?digest=", "?digest=md5:abc", "?digest=sha256:abc"]) {
      const answer = await server.call("PUT", `${location}${query}`, { body: bytes });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ errors: [{ code: "DIGEST_INVALID" }] });
    }
    expect((await server.call("PUT", `${location}?digest=${digest}`, { body: bytes })).status).toBe(201);
  });

  test("is found under sha512 as well", async () => {
    await using server = await openServer(kind);
    const sha512 = digestOf(bytes, "sha512");
    expect((await server.call("POST", `blobs/uploads/?digest=${sha512}`, { body: bytes })).status).toBe(201);
    const got = await server.call("GET", `blobs/${sha512}`);
    expect(got.headers.get("docker-content-digest")).toBe(sha512);
    expect(bytes.equals(Buffer.from(await got.arrayBuffer()))).toBe(true);
  });
});

describe.each(KINDS)("a manifest (%s)", (kind) => {
  const body = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], future: [1.0] }, null, 3),
  );
  const options = { body, headers: { "content-type": OCI_INDEX } };

  test("is kept byte for byte, under its sha512 digest too, with the tags of the query", async () => {
    await using server = await openServer(kind);
    const sha512 = digestOf(body, "sha512");
    const put = await server.call("PUT", `manifests/${sha512}?tag=a&tag=b`, options);
    expect([put.status, put.headers.get("oci-tag"), put.headers.get("docker-content-digest")]).toEqual([
      201,
      "a, b",
      sha512,
    ]);
    for (const reference of ["a", "b", sha512]) {
      const got = await server.call("GET", `manifests/${reference}`);
      expect(body.equals(Buffer.from(await got.arrayBuffer()))).toBe(true);
      expect(got.headers.get("docker-content-digest")).toBe(sha512);
    }
  });

  test("is refused under another digest, and with a tag that is none", async () => {
    await using server = await openServer(kind);
    expect((await server.call("PUT", `manifests/${digest}`, options)).status).toBe(400);
    expect((await server.call("PUT", `manifests/${digestOf(body)}?tag=.bad`, options)).status).toBe(400);
    expect((await server.call("GET", "/v2/_catalog")).status).toBe(200);
    expect(await (await server.call("GET", "/v2/_catalog")).json()).toEqual({ repositories: [] });
  });

  test("of exactly 4 MiB is taken", async () => {
    await using server = await openServer(kind);
    const head = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
    const large = Buffer.alloc(4 * 1024 * 1024, " ");
    large.write(head);
    expect((await server.call("PUT", "manifests/large", { ...options, body: large })).status).toBe(201);
    const got: IncomingMessage["headers"] = Object.fromEntries((await server.call("HEAD", "manifests/large")).headers);
    expect(got["content-length"]).toBe(String(large.byteLength));
  });
});
