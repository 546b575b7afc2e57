import { truncate } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../../src/archive/openArchive.ts";
import { copyGraph } from "../../../src/oci/copy.ts";
import { childrenOf, parseManifest } from "../../../src/oci/manifest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { blobOf, collect, noise } from "../../support/bytes.ts";
import { fileOf, tarOf } from "./tars.ts";
import { MARKER, REF_NAME, blobEntry, indexEntry, layoutEntries } from "./entries.ts";

describe("an image layout in a tar", () => {
  test("is read: tags, manifests, children that are not listed, blobs", async () => {
    await using file = await fileOf(await tarOf(await layoutEntries()));
    await using archive = await openArchive(file.path);
    expect(await archive.tags()).toEqual(["1.0.0"]);
    const index = await archive.resolve("1.0.0");
    expect((await archive.manifests()).map(({ digest }) => digest)).toEqual([index.digest]);
    const copy = openMemory();
    await copyGraph(archive, copy, index, { tag: "1.0.0" });
    const { bytes } = await copy.fetchManifest("1.0.0");
    const manifest = parseManifest(bytes, OCI_INDEX);
    const child = manifest.kind === "index" ? manifest.manifests[0] : undefined;
    expect(await archive.resolve(child?.digest ?? "")).toMatchObject({ mediaType: OCI_MANIFEST, size: child?.size });
    expect(await archive.blobSize(index.digest)).toBe(index.size);
    expect(await archive.blobSize(blobOf(noise(1, "missing")).digest)).toBe(undefined);
    // A layer is in there as well, and is no manifest.
    const layer = blobOf(noise(4000, "sample/linux/amd64"));
    expect(await archive.has(layer)).toBe(true);
    expect(
      (await collect(archive.fetch(layer, { offset: 3990 }))).equals(noise(4000, "sample/linux/amd64").subarray(3990)),
    ).toBe(true);
    await expect(archive.resolve(layer.digest)).rejects.toMatchObject({ code: "not-found" });
  });

  test("says what it has when asked for something else, and is only read", async () => {
    await using file = await fileOf(await tarOf(await layoutEntries()));
    await using archive = await openArchive(file.path);
    await expect(archive.resolve("2.0.0")).rejects.toMatchObject({
      code: "not-found",
      message: `2.0.0 in ${file.path} does not exist`,
      hint: "It has: 1.0.0.",
    });
    const refused = { code: "usage", message: `${file.path} is an archive, which is only read` };
    await expect(archive.tag(await archive.resolve("1.0.0"), "x")).rejects.toMatchObject(refused);
    await expect(archive.push(blobOf(noise(1)), contentOf(noise(1)))).rejects.toMatchObject(refused);
  });

  test("is read by podman's whole names and by their tags", async () => {
    const image = noise(100, "manifest");
    const named = (name: string, bytes: Uint8Array) => ({ ...blobOf(bytes), annotations: { [REF_NAME]: name } });
    await using file = await fileOf(
      await tarOf([
        MARKER,
        indexEntry([named("docker.io/library/app:1.0", image), named("localhost:5000/app:2.0", noise(1, "other"))]),
      ]),
    );
    await using archive = await openArchive(file.path);
    for (const name of ["docker.io/library/app:1.0", "app:1.0", "1.0"])
      expect((await archive.resolve(name)).digest).toBe(blobOf(image).digest);
    expect(await archive.tags()).toEqual(["docker.io/library/app:1.0", "1.0", "localhost:5000/app:2.0", "2.0"]);
  });

  test("gives nobody the whole of a blob that is not what its name says", async () => {
    const [bytes, other] = [noise(300_000), noise(300_000, "other")];
    await using file = await fileOf(await tarOf([MARKER, indexEntry([]), { ...blobEntry(bytes), content: other }]));
    await using archive = await openArchive(file.path);
    const got: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of archive.fetch(blobOf(bytes))) got.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining(`${file.path}: wrong digest`),
    });
    expect(Buffer.concat(got).byteLength).toBeLessThan(bytes.byteLength);
    expect(await archive.has({ ...blobOf(bytes), size: 1 })).toBe(false);
  });

  test("gives nothing wrong when it is cut short after it was opened", async () => {
    const bytes = noise(300_000);
    await using file = await fileOf(await tarOf([MARKER, indexEntry([]), blobEntry(bytes)]));
    await using archive = await openArchive(file.path);
    await truncate(file.path, 100_000);
    await expect(collect(archive.fetch(blobOf(bytes)))).rejects.toMatchObject({ code: "bad-data" });
  });

  test("of several lists believes the last", async () => {
    const entries = await layoutEntries();
    await using file = await fileOf(await tarOf([MARKER, indexEntry([blobOf(noise(1))]), ...entries]));
    await using archive = await openArchive(file.path);
    expect(await archive.tags()).toEqual(["1.0.0"]);
    expect((await archive.manifests()).length).toBe(1);
  });

  test("does without an index that is damaged for everything but that index", async () => {
    const entries = await layoutEntries();
    const broken = { ...blobOf(noise(10)), mediaType: OCI_INDEX };
    const index = JSON.parse(String(entries[1]?.content)) as { manifests: unknown[] };
    await using file = await fileOf(await tarOf([...entries, indexEntry([broken, ...index.manifests])]));
    await using archive = await openArchive(file.path);
    const { bytes } = await archive.fetchManifest("1.0.0");
    for (const { digest } of childrenOf(parseManifest(bytes)))
      expect(await archive.resolve(digest)).toMatchObject({ digest, mediaType: OCI_MANIFEST });
    await expect(archive.fetchManifest(broken.digest)).rejects.toMatchObject({ code: "not-found" });
  });
});
