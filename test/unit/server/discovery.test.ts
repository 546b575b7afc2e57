import { describe, expect, test } from "vitest";
import { EMPTY_DESCRIPTOR, EMPTY_JSON } from "../../../src/oci/descriptor.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { encodeManifest } from "../../../src/oci/manifest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { blobOf, noise } from "../../support/bytes.ts";
import { pushSample } from "../../support/sample.ts";
import { KINDS, openServer } from "./open.ts";

const bytes = noise(1000);
const { digest } = blobOf(bytes);

describe.each(KINDS)("content discovery (%s)", (kind) => {
  test("lists tags sorted, by pages", async () => {
    await using server = await openServer(kind);
    const index = await pushSample(server.storage, { tag: "b" });
    for (const tag of ["c", "a", "d"]) await server.storage.tag(index, tag);
    const first = await server.call("GET", "tags/list?n=2");
    expect(await first.json()).toEqual({ name: "example/app", tags: ["a", "b"] });
    expect(first.headers.get("link")).toBe('</v2/example/app/tags/list?n=2&last=b>; rel="next"');
    const last = await server.call("GET", "tags/list?n=2&last=b");
    expect([await last.json(), last.headers.get("link")]).toEqual([{ name: "example/app", tags: ["c", "d"] }, null]);
    expect(await (await server.call("GET", "tags/list?n=0")).json()).toEqual({ name: "example/app", tags: [] });
  });

  test("lists repositories sorted, by pages", async () => {
    await using server = await openServer(kind);
    for (const name of ["b/x", "a", "c"])
      await server.call("POST", `/v2/${name}/blobs/uploads/?digest=${digest}`, { body: bytes });
    for (const name of ["b/x", "a", "c"])
      await server.call("PUT", `/v2/${name}/manifests/1`, {
        body: Buffer.from(encodeManifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })),
        headers: { "content-type": OCI_INDEX },
      });
    const first = await server.call("GET", "/v2/_catalog?n=2");
    expect([await first.json(), first.headers.get("link")]).toEqual([
      { repositories: ["a", "b/x"] },
      '</v2/_catalog?n=2&last=b%2Fx>; rel="next"',
    ]);
    expect(await (await server.call("GET", "/v2/_catalog?n=2&last=b%2Fx")).json()).toEqual({ repositories: ["c"] });
  });

  test.each(["n=-1", "n=x", "n=1e9"])("refuses a page of %s", async (query) => {
    await using server = await openServer(kind);
    await pushSample(server.storage, { tag: "1.0.0" });
    expect((await server.call("GET", `tags/list?${query}`)).status).toBe(400);
  });

  test("lists referrers, by artifact type too", async () => {
    await using server = await openServer(kind);
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

  test("lists each referrer once, of its own type or its config's, and those that come after the first question", async () => {
    await using server = await openServer(kind);
    const subject = await pushSample(server.storage, { tag: "1.0.0" });
    const ask = async (query = ""): Promise<unknown> => {
      const { manifests } = (await (await server.call("GET", `referrers/${subject.digest}${query}`)).json()) as {
        manifests: { artifactType?: string }[];
      };
      return manifests.map(({ artifactType }) => artifactType ?? "none");
    };
    const put = async (tag: string, manifest: Record<string, unknown>): Promise<void> => {
      const mediaType = String(manifest["mediaType"]);
      const body = Buffer.from(encodeManifest({ schemaVersion: 2, ...manifest, subject }));
      const answer = await server.call("PUT", `manifests/${tag}`, { body, headers: { "content-type": mediaType } });
      expect(answer.status).toBe(201);
    };
    expect(await ask()).toEqual([]);
    await server.storage.push(EMPTY_DESCRIPTOR, contentOf(EMPTY_JSON));
    const config = { ...EMPTY_DESCRIPTOR, mediaType: "application/x.config" };
    for (const tag of ["a", "b"]) await put(tag, { mediaType: OCI_MANIFEST, config, layers: [] });
    await put("c", { mediaType: OCI_INDEX, manifests: [] });
    expect(await ask()).toEqual(["application/x.config", "none"]);
    expect(await ask("?artifactType=application/x.config")).toEqual(["application/x.config"]);
    expect(await ask("?artifactType=application/x.other")).toEqual([]);
  });
});

describe.each(KINDS)("content management (%s)", (kind) => {
  test("takes a tag away and leaves the manifest", async () => {
    await using server = await openServer(kind);
    const index = await pushSample(server.storage, { tag: "1.0.0" });
    await server.storage.delete("1.0.0");
    await expect(server.storage.resolve("1.0.0")).rejects.toMatchObject({ code: "not-found" });
    expect((await server.storage.resolve(index.digest)).digest).toBe(index.digest);
  });

  test("takes a manifest away with its tags, and blobs", async () => {
    await using server = await openServer(kind);
    const index = await pushSample(server.storage, { tag: "1.0.0" });
    await server.storage.delete(index.digest);
    expect(await server.storage.tags()).toEqual([]);
    await server.storage.push(blobOf(bytes), contentOf(bytes));
    expect((await server.call("DELETE", `blobs/${digest}`)).status).toBe(202);
    expect((await server.call("DELETE", `blobs/${digest}`)).status).toBe(404);
  });

  test("takes no manifest away as a blob: its tags would stand on nothing", async () => {
    await using server = await openServer(kind);
    const index = await pushSample(server.storage, { tag: "1.0.0" });
    expect((await server.call("DELETE", `blobs/${index.digest}`)).status).toBe(405);
    expect((await server.call("GET", "manifests/1.0.0")).status).toBe(200);
  });
});
