import { describe, expect, test } from "vitest";
import { copyGraph } from "../../src/oci/copy.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { openMemory } from "../../src/oci/memory.ts";
import { contentOf, type Storage, type TaggedStorage } from "../../src/oci/storage.ts";
import { blobOf, chunked, collect, noise } from "../support/bytes.ts";
import { pushSample } from "../support/sample.ts";

type Opened<Kind> = AsyncDisposable & { readonly storage: Kind };

/** What everything that holds content must do. */
export function describeStorage(name: string, open: () => Promise<Opened<Storage>>): void {
  describe(`${name} as a storage`, () => {
    test.each([0, 1, 1021, 300_000])("gives back %i bytes as they were pushed", async (size) => {
      await using opened = await open();
      const { storage } = opened;
      const bytes = noise(size);
      expect(await storage.has(blobOf(bytes))).toBe(false);
      await storage.push(blobOf(bytes), chunked(bytes));
      expect(await storage.has(blobOf(bytes))).toBe(true);
      expect(bytes.equals(await collect(storage.fetch(blobOf(bytes))))).toBe(true);
    });

    test("holds content under a sha512 digest", async () => {
      await using opened = await open();
      const bytes = noise(5000);
      const descriptor = { ...blobOf(bytes), digest: digestOf(bytes, "sha512") };
      await opened.storage.push(descriptor, chunked(bytes));
      expect(bytes.equals(await collect(opened.storage.fetch(descriptor)))).toBe(true);
    });

    test("gives the rest from an offset", async () => {
      await using opened = await open();
      const bytes = noise(10_000);
      await opened.storage.push(blobOf(bytes), chunked(bytes));
      const rest = await collect(opened.storage.fetch(blobOf(bytes), { offset: 7001 }));
      expect(rest.equals(bytes.subarray(7001))).toBe(true);
    });

    const wrong = {
      "another digest": (bytes: Buffer) => noise(bytes.byteLength, "other"),
      "too few bytes": (bytes: Buffer) => bytes.subarray(0, -1),
      "too many bytes": (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("x")]),
      "no bytes": () => Buffer.alloc(0),
    };
    test.each(Object.entries(wrong))("refuses content with %s, and keeps nothing of it", async (_, spoil) => {
      await using opened = await open();
      const { storage } = opened;
      const bytes = noise(5000);
      const spoilt = spoil(bytes);
      await expect(storage.push(blobOf(bytes), chunked(spoilt))).rejects.toMatchObject({ code: "bad-data" });
      expect(await storage.has(blobOf(bytes))).toBe(false);
      // Nothing of the failure is in the way of the right content.
      await storage.push(blobOf(bytes), chunked(bytes));
      expect(bytes.equals(await collect(storage.fetch(blobOf(bytes))))).toBe(true);
    });

    test("takes the same content twice, and from several at once", async () => {
      await using opened = await open();
      const { storage } = opened;
      const bytes = noise(50_000);
      await storage.push(blobOf(bytes), chunked(bytes));
      await storage.push(blobOf(bytes), chunked(bytes));
      expect(bytes.equals(await collect(storage.fetch(blobOf(bytes))))).toBe(true);
    });

    test("says that content is not there", async () => {
      await using opened = await open();
      const missing = blobOf(noise(10, "missing"));
      await expect(collect(opened.storage.fetch(missing))).rejects.toMatchObject({ code: "not-found" });
    });
  });
}

/** What everything that holds named manifests must do. */
export function describeTaggedStorage(name: string, open: () => Promise<Opened<TaggedStorage>>): void {
  describeStorage(name, open);

  describe(`${name} as a tagged storage`, () => {
    test("takes pushes of the same blob from several at once", async () => {
      await using opened = await open();
      const bytes = noise(200_000);
      await Promise.all([1, 2, 3].map(async () => await opened.storage.push(blobOf(bytes), chunked(bytes))));
      expect(bytes.equals(await collect(opened.storage.fetch(blobOf(bytes))))).toBe(true);
    });

    test("copies an index with its platforms to another storage and back, digests unchanged", async () => {
      await using opened = await open();
      const source = openMemory();
      const index = await pushSample(source, { tag: "1.0.0" });
      await copyGraph(source, opened.storage, index, { tag: "1.0.0" });
      expect((await opened.storage.resolve("1.0.0")).digest).toBe(index.digest);

      const back = openMemory();
      await copyGraph(opened.storage, back, await opened.storage.resolve("1.0.0"), { tag: "again" });
      expect(await back.fetchManifest("again")).toEqual(await source.fetchManifest("1.0.0"));
    });

    test("resolves tags and digests, and gives a manifest's own bytes", async () => {
      await using opened = await open();
      const { storage } = opened;
      const index = await pushSample(storage, { tag: "1.0.0" });
      for (const reference of ["1.0.0", index.digest]) {
        const { digest, mediaType, size } = await storage.resolve(reference);
        expect({ digest, mediaType, size }).toEqual({
          digest: index.digest,
          mediaType: index.mediaType,
          size: index.size,
        });
        const fetched = await storage.fetchManifest(reference);
        expect(fetched.descriptor.digest).toBe(index.digest);
        expect(digestOf(fetched.bytes)).toBe(index.digest);
      }
    });

    test("moves a tag to another manifest, and lists each tag once", async () => {
      await using opened = await open();
      const { storage } = opened;
      const first = await pushSample(storage, { tag: "1.0.0", seed: "first" });
      const second = await pushSample(storage, { tag: "latest", seed: "second" });
      await storage.tag(second, "1.0.0");
      expect((await storage.resolve("1.0.0")).digest).toBe(second.digest);
      expect((await storage.resolve(first.digest)).digest).toBe(first.digest);
      expect((await storage.tags()).sort()).toEqual(["1.0.0", "latest"]);
    });

    test("says that a tag is not there", async () => {
      await using opened = await open();
      await pushSample(opened.storage, { tag: "1.0.0" });
      await expect(opened.storage.resolve("2.0.0")).rejects.toMatchObject({ code: "not-found" });
      await expect(opened.storage.fetchManifest("2.0.0")).rejects.toMatchObject({ code: "not-found" });
    });

    test("refuses a manifest whose bytes are others", async () => {
      await using opened = await open();
      const { storage } = opened;
      const index = await pushSample(storage, { tag: "1.0.0" });
      const { bytes } = await storage.fetchManifest("1.0.0");
      const other = { ...index, digest: digestOf(Buffer.from("other")) };
      await expect(storage.push(other, contentOf(bytes), { tag: "2.0.0" })).rejects.toMatchObject({ code: "bad-data" });
      expect(await storage.tags()).toEqual(["1.0.0"]);
    });
  });
}
