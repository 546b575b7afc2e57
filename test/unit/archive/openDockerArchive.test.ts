import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../../src/archive/openArchive.ts";
import { copyGraph } from "../../../src/oci/copy.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { parseManifest } from "../../../src/oci/manifest.ts";
import { OCI_LAYER_TAR, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { blobOf, noise } from "../../support/bytes.ts";
import { encodeConfig } from "./images.ts";
import { fileOf, tarOf } from "./tars.ts";
import { MARKER, REF_NAME, indexEntry, dockerEntries } from "./entries.ts";

describe("a docker archive", () => {
  test("is read as images with the digests of what lies in it", async () => {
    await using file = await fileOf(
      await tarOf(await dockerEntries([{ tags: ["docker.io/library/app:1.0", "app:latest"], layers: ["one", "two"] }])),
    );
    await using archive = await openArchive(file.path);
    expect(await archive.tags()).toEqual(["docker.io/library/app:1.0", "1.0", "app:latest", "latest"]);
    const image = await archive.resolve("1.0");
    for (const name of ["docker.io/library/app:1.0", "app:1.0", "docker.io/app:latest", "latest", image.digest])
      expect((await archive.resolve(name)).digest).toBe(image.digest);
    const copy = openMemory();
    await copyGraph(archive, copy, image, { tag: "1.0" });
    const { bytes } = await copy.fetchManifest("1.0");
    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        digest: digestOf(encodeConfig([digestOf(Buffer.from("one")), digestOf(Buffer.from("two"))])),
        size: expect.any(Number),
      },
      layers: ["one", "two"].map((layer) => ({
        mediaType: OCI_LAYER_TAR,
        digest: digestOf(Buffer.from(layer)),
        size: 3,
      })),
    });
  });

  test("with links for layers that come again is read as old dockers wrote it", async () => {
    const config = encodeConfig([digestOf(Buffer.from("same")), digestOf(Buffer.from("same"))]);
    await using file = await fileOf(
      await tarOf([
        { name: "aaaa/", type: "directory" },
        { name: "aaaa/VERSION", content: "1.0" },
        { name: "aaaa/layer.tar", content: "same" },
        { name: "bbbb/layer.tar", type: "symlink", linkname: "../aaaa/layer.tar" },
        { name: "config.json", content: config },
        {
          name: "manifest.json",
          content: JSON.stringify([
            { Config: "config.json", RepoTags: null, Layers: ["aaaa/layer.tar", "bbbb/layer.tar"] },
          ]),
        },
      ]),
    );
    await using archive = await openArchive(file.path);
    const [image] = await archive.manifests();
    expect(await archive.tags()).toEqual([]);
    const { bytes } = await archive.fetchManifest(image?.digest ?? "");
    const manifest = parseManifest(bytes, OCI_MANIFEST);
    expect(manifest.kind === "image" && manifest.layers.map(({ digest }) => digest)).toEqual([
      digestOf(Buffer.from("same")),
      digestOf(Buffer.from("same")),
    ]);
  });

  test.each([
    ["gzip", gzipSync("layer")],
    ["zstd", zstdCompressSync("layer")],
  ])("says that a layer is compressed with %s", async (compression, layer) => {
    await using file = await fileOf(
      await tarOf([
        { name: "layer", content: layer },
        { name: "config", content: encodeConfig([digestOf(Buffer.from("layer"))]) },
        { name: "manifest.json", content: '[{"Config":"config","RepoTags":["app:1"],"Layers":["layer"]}]' },
      ]),
    );
    await using archive = await openArchive(file.path);
    const { bytes } = await archive.fetchManifest("1");
    expect(parseManifest(bytes)).toMatchObject({
      layers: [{ mediaType: `${OCI_LAYER_TAR}+${compression}`, digest: digestOf(layer), size: layer.byteLength }],
    });
  });

  test("of two images takes a tag that both have for neither", async () => {
    await using file = await fileOf(
      await tarOf(
        await dockerEntries([
          { tags: ["a:1.0"], layers: ["one"] },
          { tags: ["b:1.0", "b:2.0"], layers: ["one", "two"] },
        ]),
      ),
    );
    await using archive = await openArchive(file.path);
    expect((await archive.tags()).sort()).toEqual(["2.0", "a:1.0", "b:1.0", "b:2.0"]);
    await expect(archive.resolve("1.0")).rejects.toMatchObject({ code: "usage", hint: "Say which: a:1.0, b:1.0." });
    expect((await archive.resolve("b:1.0")).digest).toBe((await archive.resolve("2.0")).digest);
    expect((await archive.resolve("a:1.0")).digest).not.toBe((await archive.resolve("2.0")).digest);
  });

  test("that is an image layout as well is read as that, with containerd's names", async () => {
    const [one, two] = [noise(10, "1"), noise(10, "2")];
    const entry = (bytes: Uint8Array, name: string) => ({
      ...blobOf(bytes),
      annotations: { "io.containerd.image.name": name, [REF_NAME]: "1.0" },
    });
    const docker = await dockerEntries([{ tags: ["other:1.0"], layers: ["one"] }]);
    await using file = await fileOf(
      await tarOf([
        ...docker,
        MARKER,
        indexEntry([entry(one, "docker.io/library/a:1.0"), entry(two, "docker.io/library/b:1.0")]),
      ]),
    );
    await using archive = await openArchive(file.path);
    expect((await archive.resolve("a:1.0")).digest).toBe(digestOf(one));
    expect((await archive.resolve("docker.io/library/b:1.0")).digest).toBe(digestOf(two));
    await expect(archive.resolve("1.0")).rejects.toMatchObject({ code: "usage" });
    await expect(archive.resolve("other:1.0")).rejects.toMatchObject({ code: "not-found" });
  });

  test.each([
    ["lists nothing", [MARKER, indexEntry([])]],
    ["lacks its marker", [indexEntry([blobOf(noise(1))])]],
  ])("is read though the image layout in it %s", async (_, layout) => {
    const docker = await dockerEntries([{ tags: ["app:1.0"], layers: ["one"] }]);
    await using file = await fileOf(await tarOf([...layout, ...docker]));
    await using archive = await openArchive(file.path);
    expect(await archive.tags()).toEqual(["app:1.0", "1.0"]);
  });
});
