import { describe, expect, test } from "vitest";
import { describe as describeContent } from "../../../src/oci/descriptor.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { encodeManifest } from "../../../src/oci/manifest.ts";
import { MANIFEST_ACCEPT, OCI_INDEX } from "../../../src/oci/mediaTypes.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { collect, noise } from "../../support/bytes.ts";
import { openScripted } from "../../support/client.ts";
import { pushSample } from "../../support/sample.ts";
import { makeSchema1 } from "../../support/schema1.ts";
import type { Reply } from "../../support/scriptedServer.ts";

const EMPTY_INDEX = encodeManifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });

describe("manifests", () => {
  test("that are announced with a digest which is not theirs are refused", async () => {
    const storage = openMemory();
    await pushSample(storage, { tag: "1.0.0" });
    const { bytes, descriptor } = await storage.fetchManifest("1.0.0");
    const headers = {
      "content-type": `${descriptor.mediaType}; charset=utf-8`,
      "docker-content-digest": `sha256:${"0".repeat(64)}`,
    };
    await using scripted = await openScripted(() => ({ headers, body: bytes }));
    await expect(scripted.repository.fetchManifest("1.0.0")).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("wrong digest"),
    });
  });

  test("come from servers that announce no digest, or one of another algorithm", async () => {
    const storage = openMemory();
    const index = await pushSample(storage, { tag: "1.0.0" });
    const { bytes, descriptor } = await storage.fetchManifest("1.0.0");
    for (const announced of [{}, { "docker-content-digest": "blake3:abcdef" }]) {
      await using scripted = await openScripted((request) =>
        request.method === "HEAD"
          ? { status: 200 }
          : { headers: { "content-type": descriptor.mediaType, ...announced }, body: bytes },
      );
      expect((await scripted.repository.fetchManifest("1.0.0")).descriptor).toEqual(descriptor);
      // A HEAD that says too little is followed by a GET.
      expect((await scripted.repository.resolve("1.0.0")).digest).toBe(index.digest);
    }
  });

  test("by a digest that cannot be computed here are not even asked for", async () => {
    await using scripted = await openScripted(() => ({ headers: { "content-type": OCI_INDEX }, body: "{}" }));
    await expect(scripted.repository.fetchManifest(`blake3:${"a".repeat(64)}`)).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("blake3"),
    });
    expect(scripted.server.log).toEqual([]);
  });

  test("that break off on the way are asked for again", async () => {
    let answers = 0;
    await using scripted = await openScripted(() => {
      answers += 1;
      if (answers > 1) return { headers: { "content-type": OCI_INDEX }, body: EMPTY_INDEX };
      return (response) => {
        response.writeHead(200, { "content-length": EMPTY_INDEX.byteLength });
        response.write(EMPTY_INDEX.subarray(0, 10), () => response.socket?.destroySoon());
      };
    });
    expect(Buffer.from(EMPTY_INDEX).equals((await scripted.repository.fetchManifest("1.0.0")).bytes)).toBe(true);
    expect(answers).toBe(2);
  });

  test("without end are not read to it", async () => {
    await using scripted = await openScripted(() => (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, " ")));
      };
      response.on("drain", more);
      more();
    });
    await expect(scripted.repository.fetchManifest("1.0.0")).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("4194304 bytes"),
    });
  });

  test("that are a page for people tell of the network in between", async () => {
    await using scripted = await openScripted(() => ({ headers: { "content-type": "text/html" }, body: "<html>" }));
    await expect(scripted.repository.fetchManifest("1.0.0")).rejects.toMatchObject({ code: "unavailable" });
    await expect(scripted.repository.resolve("1.0.0")).rejects.toMatchObject({ code: "unavailable" });
  });

  test("are resolved by HEAD alone where it says enough, with the types that are understood", async () => {
    const accepts: unknown[] = [];
    const digest = digestOf(EMPTY_INDEX);
    await using scripted = await openScripted(({ headers }) => {
      accepts.push(headers.accept);
      return (response) => {
        response.writeHead(200, {
          "content-type": `${OCI_INDEX}; charset=utf-8`,
          "content-length": 88,
          "docker-content-digest": digest,
        });
        response.end();
      };
    });
    expect(await scripted.repository.resolve("1.0.0")).toEqual({ mediaType: OCI_INDEX, digest, size: 88 });
    expect(scripted.server.log).toEqual(["HEAD /v2/example/app/manifests/1.0.0"]);
    expect(accepts).toEqual([MANIFEST_ACCEPT.join(", ")]);
  });

  test("are put under the tag, or else the digest, with their own type", async () => {
    const puts: unknown[] = [];
    const descriptor = describeContent(OCI_INDEX, EMPTY_INDEX);
    await using scripted = await openScripted(({ method, headers }) => {
      if (method === "PUT") puts.push(headers["content-type"]);
      return { status: 201 };
    });
    await scripted.repository.push(descriptor, contentOf(EMPTY_INDEX), { tag: "1.0.0" });
    await scripted.repository.push(descriptor, contentOf(EMPTY_INDEX));
    expect(scripted.server.log).toEqual([
      "PUT /v2/example/app/manifests/1.0.0",
      `PUT /v2/example/app/manifests/${descriptor.digest}`,
    ]);
    expect(puts).toEqual([OCI_INDEX, OCI_INDEX]);
  });

  test("that are not what was announced are never put", async () => {
    const descriptor = describeContent(OCI_INDEX, EMPTY_INDEX);
    await using scripted = await openScripted(() => ({ status: 201 }));
    for (const wrong of [noise(EMPTY_INDEX.byteLength), noise(10), noise(10_000)])
      await expect(scripted.repository.push(descriptor, contentOf(wrong))).rejects.toMatchObject({ code: "bad-data" });
    expect(scripted.server.log).toEqual([]);
  });

  test("are deleted by what they are called", async () => {
    await using scripted = await openScripted(() => ({ status: 202 }));
    await scripted.repository.delete("1.0.0");
    expect(scripted.server.log).toEqual(["DELETE /v2/example/app/manifests/1.0.0"]);
  });
});

describe("manifests of Docker's old schema 1", () => {
  const SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws";

  test.each([SIGNED, "application/vnd.docker.distribution.manifest.v1+json", "application/json; charset=utf-8", ""])(
    "that come as %j are checked without the signatures in them",
    async (type) => {
      const { body, digest } = await makeSchema1([[{ name: "a", content: "a" }]], {});
      await using scripted = await openScripted(() => ({
        headers: { ...(type === "" ? {} : { "content-type": type }), "docker-content-digest": digest },
        body,
      }));
      for (const reference of ["1.0.0", digest]) {
        const { descriptor, bytes } = await scripted.repository.fetchManifest(reference);
        expect([descriptor.digest, digestOf(bytes)]).toEqual([digest, digest]);
      }
    },
  );

  test("are resolved to the size that they have without signatures", async () => {
    const { body, digest } = await makeSchema1([[{ name: "a", content: "a" }]], {});
    await using scripted = await openScripted(() => ({
      headers: { "content-type": SIGNED, "docker-content-digest": digest },
      body,
    }));
    const descriptor = await scripted.repository.resolve("1.0.0");
    expect((await collect(scripted.repository.fetch(descriptor))).byteLength).toBe(descriptor.size);
  });

  test("that are another's are refused, however they are signed", async () => {
    const { body } = await makeSchema1([[{ name: "a", content: "a" }]], {});
    const { digest } = await makeSchema1([[{ name: "b", content: "b" }]], {});
    await using scripted = await openScripted(() => ({ headers: { "content-type": SIGNED }, body }));
    await expect(scripted.repository.fetchManifest(digest)).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("wrong digest"),
    });
  });
});

describe("the size of a blob of which only the digest is known", () => {
  const digest = digestOf(Buffer.from("layer"));
  const sizeOf = async (reply: Reply): Promise<number> => {
    await using scripted = await openScripted(() => (response) => {
      response.writeHead(reply.status ?? 200, reply.headers as Record<string, string>);
      response.end();
    });
    return await scripted.repository.blobSize(digest);
  };

  test("is what the server says of it", async () => {
    expect(await sizeOf({ headers: { "content-length": "12345" } })).toBe(12345);
  });

  test.each<[string, Reply, object]>([
    [
      "does not say",
      { headers: { "transfer-encoding": "chunked" } },
      { code: "bad-data", message: expect.stringContaining("how large") },
    ],
    ["does not have it", { status: 404 }, { code: "not-found" }],
  ])("is an error where the server %s", async (_, reply, expected) => {
    await expect(sizeOf(reply)).rejects.toMatchObject(expected);
  });
});
