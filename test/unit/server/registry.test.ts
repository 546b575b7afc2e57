import { describe, expect, test } from "vitest";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "../../../src/oci/digest.ts";
import { encodeManifest } from "../../../src/oci/manifest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { EMPTY_DESCRIPTOR, EMPTY_JSON } from "../../../src/oci/descriptor.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { openDiskRegistry } from "../../../src/server/registry/disk.ts";
import { openMemoryRegistry } from "../../../src/server/registry/memory.ts";
import { startRegistry } from "../../../src/server/registry/server.ts";
import { blobOf, collect, noise } from "../../support/bytes.ts";
import { startTestRegistry } from "../../support/registry.ts";
import { pushSample } from "../../support/sample.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const bytes = noise(1000);
const { digest } = blobOf(bytes);

async function openServer() {
  const registry = await startTestRegistry();
  const at = (path: string): string => new URL(path, `${registry.server.url}/v2/example/app/`).href;
  const call = async (method: string, path: string, options: RequestInit = {}): Promise<Response> =>
    await fetch(at(path), { method, ...options });
  return { ...registry, call, [Symbol.asyncDispose]: registry[Symbol.asyncDispose].bind(registry) };
}

describe("pulling", () => {
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
    await using server = await openServer();
    await server.storage.push(blobOf(bytes), contentOf(bytes));
    const answer = await server.call("GET", `blobs/${digest}`, { headers: { range } });
    expect(answer.status).toBe(status);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes.subarray(from, to))).toBe(true);
    expect(answer.headers.get("content-range")).toBe(
      status === 206 ? `bytes ${from}-${to - 1}/1000` : status === 416 ? "bytes */1000" : null,
    );
  });

  test("says what it has by HEAD, without a body", async () => {
    await using server = await openServer();
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
    await using server = await openServer();
    await pushSample(server.storage, { tag: "1.0.0" });
    const answer = await server.call("GET", path);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ errors: [{ code }] });
  });
});

describe("pushing", () => {
  test("in chunks takes them in order only, and says where it stands", async () => {
    await using server = await openServer();
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
    await using server = await openServer();
    expect((await server.call("POST", `blobs/uploads/?digest=${digest}`, { body: bytes })).status).toBe(201);
    const start = await server.call("POST", "blobs/uploads/");
    const location = start.headers.get("location") ?? "";
    expect((await server.call("DELETE", location)).status).toBe(204);
    expect((await server.call("GET", location)).status).toBe(404);
  });

  test("of other bytes than the digest says is refused, and nothing is kept", async () => {
    await using server = await openServer();
    const answer = await server.call("POST", `blobs/uploads/?digest=${digest}`, { body: noise(1000, "other") });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ code: "DIGEST_INVALID" }] });
    expect(await server.storage.has(blobOf(bytes))).toBe(false);
  });

  test("mounts what another repository has, and else asks for the bytes", async () => {
    await using server = await openServer();
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
    await using server = await openServer();
    const answer = await server.call("PUT", "manifests/1.0.0", {
      body: Buffer.from(body),
      headers: { "content-type": type },
    });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ errors: [{ code }] });
  });
});

describe("content discovery", () => {
  test("lists tags sorted, by pages", async () => {
    await using server = await openServer();
    const index = await pushSample(server.storage, { tag: "b" });
    for (const tag of ["c", "a", "d"]) await server.storage.tag(index, tag);
    const first = await server.call("GET", "tags/list?n=2");
    expect(await first.json()).toEqual({ name: "example/app", tags: ["a", "b"] });
    expect(first.headers.get("link")).toBe('</v2/example/app/tags/list?n=2&last=b>; rel="next"');
    const last = await server.call("GET", "tags/list?n=2&last=b");
    expect([await last.json(), last.headers.get("link")]).toEqual([{ name: "example/app", tags: ["c", "d"] }, null]);
    expect(await (await server.call("GET", "tags/list?n=0")).json()).toEqual({ name: "example/app", tags: [] });
    expect(await (await server.call("GET", "/v2/_catalog")).json()).toEqual({ repositories: ["example/app"] });
  });

  test("lists referrers, by artifact type too", async () => {
    await using server = await openServer();
    const subject = await pushSample(server.storage, { tag: "1.0.0" });
    await server.storage.push(EMPTY_DESCRIPTOR, contentOf(EMPTY_JSON));
    for (const artifactType of ["application/x.one", "application/x.two"]) {
      const body = encodeManifest({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        artifactType,
        config: EMPTY_DESCRIPTOR,
        layers: [EMPTY_DESCRIPTOR],
        subject,
      });
      const put = await server.call("PUT", `manifests/${digestOf(body)}`, {
        body: Buffer.from(body),
        headers: { "content-type": OCI_MANIFEST },
      });
      expect([put.status, put.headers.get("oci-subject")]).toEqual([201, subject.digest]);
    }
    expect((await server.storage.referrers(subject.digest)).map(({ artifactType }) => artifactType).sort()).toEqual([
      "application/x.one",
      "application/x.two",
    ]);
    const filtered = await server.call("GET", `referrers/${subject.digest}?artifactType=application/x.two`);
    expect(filtered.headers.get("oci-filters-applied")).toBe("artifactType");
    expect(await filtered.json()).toMatchObject({ manifests: [{ artifactType: "application/x.two" }] });
    expect(await server.storage.referrers(digest)).toEqual([]);
  });
});

describe("content management", () => {
  test("takes a tag away and leaves the manifest", async () => {
    await using server = await openServer();
    const index = await pushSample(server.storage, { tag: "1.0.0" });
    await server.storage.delete("1.0.0");
    await expect(server.storage.resolve("1.0.0")).rejects.toMatchObject({ code: "not-found" });
    expect((await server.storage.resolve(index.digest)).digest).toBe(index.digest);
  });

  test("takes a manifest away with its tags, and blobs", async () => {
    await using server = await openServer();
    const index = await pushSample(server.storage, { tag: "1.0.0" });
    await server.storage.delete(index.digest);
    expect(await server.storage.tags()).toEqual([]);
    await server.storage.push(blobOf(bytes), contentOf(bytes));
    expect((await server.call("DELETE", `blobs/${digest}`)).status).toBe(202);
    expect((await server.call("DELETE", `blobs/${digest}`)).status).toBe(404);
  });
});

describe("on disk", () => {
  test("everything is there again after a restart, and what a kill left is swept", async () => {
    await using directory = await temporaryDirectory();
    const open = async () => await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
    const index = await (async () => {
      await using registry = await open();
      return await pushSample(registry.storage, { tag: "1.0.0" });
    })();
    const layout = join(directory.path, "example", "app");
    await writeFile(join(layout, ".tmp-left"), "half an index");
    await writeFile(join(layout, "blobs", "sha256", ".tmp-left"), "half a blob");
    await writeFile(join(directory.path, "_uploads", "left"), "half an upload");
    await using registry = await open();
    expect(await registry.storage.tags()).toEqual(["1.0.0"]);
    expect((await registry.storage.resolve("1.0.0")).digest).toBe(index.digest);
    expect(
      [
        ...(await readdir(layout)),
        ...(await readdir(join(layout, "blobs", "sha256"))),
        ...(await readdir(join(directory.path, "_uploads"))),
      ].filter((name) => /left/.test(name)),
    ).toEqual([]);
  });

  test("names that a layout uses itself are no trouble", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
    const names = ["example", "example/blobs", "example/blobs/sha256", "example/index.json", "oci-layout"];
    for (const name of names)
      await pushSample(registry.client.repository({ host: registry.server.address, name }), {
        tag: "1.0.0",
        seed: name,
      });
    expect(await (await fetch(`${registry.server.url}/v2/_catalog`)).json()).toEqual({
      repositories: [...names].sort(),
    });
  });

  test("a layout that was damaged says which file", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
    await mkdir(join(directory.path, "broken"));
    await writeFile(join(directory.path, "broken", "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    const answer = await fetch(`${registry.server.url}/v2/broken/tags/list`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain("index.json is missing");
  });
});

test("a port that is taken is named", async () => {
  await using first = await startRegistry({ storage: openMemoryRegistry() });
  const port = Number(first.address.split(":")[1]);
  await expect(startRegistry({ storage: openMemoryRegistry(), port })).rejects.toMatchObject({
    code: "unavailable",
    message: `port ${port} on 127.0.0.1 is in use`,
  });
});
