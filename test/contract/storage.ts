import { describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { copyGraph } from "../../src/oci/copy.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { encodeManifest } from "../../src/oci/manifest.ts";
import { OCI_INDEX } from "../../src/oci/mediaTypes.ts";
import { openMemory } from "../../src/oci/memory.ts";
import { type Content, contentOf, type Storage, type TaggedStorage } from "../../src/oci/storage.ts";
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

    test.each([1, 7001, 9999])("gives the rest from offset %i", async (offset) => {
      await using opened = await open();
      const bytes = noise(10_000);
      await opened.storage.push(blobOf(bytes), chunked(bytes));
      const rest = await collect(opened.storage.fetch(blobOf(bytes), { offset }));
      expect(rest.equals(bytes.subarray(offset))).toBe(true);
    });

    test("gives back several MiB that came in odd chunks", async () => {
      await using opened = await open();
      const bytes = noise(5 * 1024 * 1024 + 13);
      await opened.storage.push(blobOf(bytes), chunked(bytes, 70_001));
      expect(bytes.equals(await collect(opened.storage.fetch(blobOf(bytes))))).toBe(true);
    });

    test.each([999, 1001])("refuses to give 1000 bytes as %i", async (size) => {
      await using opened = await open();
      const { storage } = opened;
      const bytes = noise(1000);
      await storage.push(blobOf(bytes), chunked(bytes));
      await expect(collect(storage.fetch({ ...blobOf(bytes), size }))).rejects.toMatchObject({ code: "bad-data" });
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
      const bytes = noise(200_000);
      await Promise.all([1, 2, 3].map(async () => await storage.push(blobOf(bytes), chunked(bytes))));
      await storage.push(blobOf(bytes), chunked(bytes));
      expect(bytes.equals(await collect(storage.fetch(blobOf(bytes))))).toBe(true);
    });

    test("takes different contents from several at once", async () => {
      await using opened = await open();
      const { storage } = opened;
      const contents = [1, 2, 3, 4, 5].map((number) => noise(20_000, `content ${number}`));
      await Promise.all(contents.map(async (bytes) => await storage.push(blobOf(bytes), chunked(bytes))));
      for (const bytes of contents) expect(bytes.equals(await collect(storage.fetch(blobOf(bytes))))).toBe(true);
    });

    test("passes the failure of a source on, and keeps nothing that could be taken for the content", async () => {
      await using opened = await open();
      const { storage } = opened;
      const bytes = noise(5000);
      const broken: Content = async function* (offset) {
        yield* chunked(bytes.subarray(0, 4000))(offset);
        throw new AppError("io", "the source went away");
      };
      await expect(storage.push(blobOf(bytes), broken)).rejects.toMatchObject({ code: "io" });
      expect(await storage.has(blobOf(bytes))).toBe(false);
      await storage.push(blobOf(bytes), chunked(bytes));
      expect(bytes.equals(await collect(storage.fetch(blobOf(bytes))))).toBe(true);
    });

    test("ends a push when its caller has had enough", async () => {
      await using opened = await open();
      const { storage } = opened;
      const bytes = noise(5000);
      const enough = new AbortController();
      const content: Content = async function* (offset) {
        yield bytes.subarray(offset, 2000);
        enough.abort(new Error("enough"));
        yield bytes.subarray(2000);
      };
      await expect(storage.push(blobOf(bytes), content, { signal: enough.signal })).rejects.toThrow("enough");
      expect(await storage.has(blobOf(bytes))).toBe(false);
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

    test("holds several tags that come at once", async () => {
      await using opened = await open();
      const { storage } = opened;
      const index = await pushSample(storage, { tag: "0" });
      const tags = ["1", "2", "3", "4", "5", "6"];
      await Promise.all(tags.map(async (tag) => await storage.tag(index, tag)));
      expect((await storage.tags()).sort()).toEqual(["0", ...tags]);
    });

    test("knows a manifest's type, though the same bytes were pushed as a blob before", async () => {
      await using opened = await open();
      const { storage } = opened;
      const bytes = encodeManifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
      await storage.push(blobOf(bytes), contentOf(bytes));
      const manifest = { ...blobOf(bytes), mediaType: OCI_INDEX };
      await storage.push(manifest, contentOf(bytes), { tag: "1.0.0" });
      expect((await storage.resolve("1.0.0")).mediaType).toBe(OCI_INDEX);
      expect(await storage.has(manifest)).toBe(true);
    });

    test("gives no tag to a manifest that is not there", async () => {
      await using opened = await open();
      const { storage } = opened;
      await pushSample(storage, { tag: "1.0.0" });
      const missing = { ...blobOf(noise(10, "missing")), mediaType: OCI_INDEX };
      await expect(storage.tag(missing, "2.0.0")).rejects.toMatchObject({ code: "not-found" });
      expect(await storage.has(missing)).toBe(false);
      expect(await storage.tags()).toEqual(["1.0.0"]);
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
