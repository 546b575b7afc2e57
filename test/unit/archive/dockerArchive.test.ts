import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { extract } from "tar-stream";
import { describe, expect, test } from "vitest";
import { type DockerArchiveOptions, writeDockerArchive } from "../../../src/archive/dockerArchive.ts";
import { openArchive } from "../../../src/archive/openArchive.ts";
import { copyGraph } from "../../../src/oci/copy.ts";
import { type Digest, digestOf, encodedOf } from "../../../src/oci/digest.ts";
import { encodeManifest, parseManifest } from "../../../src/oci/manifest.ts";
import { OCI_LAYER_TAR, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf, type TaggedStorage } from "../../../src/oci/storage.ts";
import { blobOf, collect, noise } from "../../support/bytes.ts";
import { pushSample } from "../../support/sample.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { encodeConfig, type ImageLayer, pushImage } from "./images.ts";

interface Written extends AsyncDisposable {
  readonly directory: string;
  readonly file: string;
  readonly source: TaggedStorage;
  readonly image: Awaited<ReturnType<typeof pushImage>>;
  write(options?: Partial<DockerArchiveOptions>): Promise<void>;
}

async function openImage(
  compressions: readonly ImageLayer[],
  { diffIds }: { readonly diffIds?: readonly Digest[] } = {},
): Promise<Written> {
  const directory = await temporaryDirectory();
  const file = join(directory.path, "image.tar");
  const source = openMemory();
  const image = await pushImage(source, { tag: "1.0", compressions, ...(diffIds === undefined ? {} : { diffIds }) });
  return {
    directory: directory.path,
    file,
    source,
    image,
    async write(options = {}) {
      const { descriptor: root, manifest } = image;
      await writeDockerArchive(file, { source, root, manifest, names: ["app:1.0"], replace: false, ...options });
    },
    [Symbol.asyncDispose]: async () => await directory[Symbol.asyncDispose](),
  };
}

/** Names in their order, with what is in them. */
async function readTar(file: string): Promise<[string, Buffer][]> {
  const found: [string, Buffer][] = [];
  const reader = extract();
  reader.end(await readFile(file));
  for await (const entry of reader) found.push([entry.header.name, await collect(entry as AsyncIterable<Uint8Array>)]);
  return found;
}

describe("a docker archive that is written", () => {
  test("has config, layers without compression, and the list that docker load reads", async () => {
    await using opened = await openImage(["gzip", "zstd", "none"]);
    await opened.write({ names: ["app:1.0", "localhost:5000/app:latest"] });
    const { config, layers } = opened.image;
    const layerNames = layers.map((layer) => `${encodedOf(digestOf(layer))}.tar`);
    const configName = `${encodedOf(digestOf(config))}.json`;
    const found = await readTar(opened.file);
    expect(found.map(([name]) => name)).toEqual([...layerNames, configName, "manifest.json"]);
    const contents = new Map(found);
    for (const [position, name] of layerNames.entries())
      expect(contents.get(name)?.equals(layers[position] ?? Buffer.alloc(0))).toBe(true);
    expect(contents.get(configName)?.equals(config)).toBe(true);
    expect(JSON.parse(String(contents.get("manifest.json")))).toEqual([
      { Config: configName, RepoTags: ["app:1.0", "localhost:5000/app:latest"], Layers: layerNames },
    ]);
    expect(await readdir(opened.directory)).toEqual(["image.tar"]);
  });

  test("is read back as the same image without compression", async () => {
    await using opened = await openImage(["gzip", "zstd"]);
    await opened.write({ names: [] });
    await using archive = await openArchive(opened.file);
    const [image] = await archive.manifests();
    const target = openMemory();
    await copyGraph(archive, target, image ?? opened.image.descriptor);
    const { bytes } = await archive.fetchManifest(image?.digest ?? "");
    expect(parseManifest(bytes)).toMatchObject({
      config: { digest: opened.image.manifest.config.digest },
      layers: opened.image.layers.map((layer) => ({ mediaType: OCI_LAYER_TAR, digest: digestOf(layer) })),
    });
  });

  test("is the same file again", async () => {
    await using opened = await openImage(["gzip", "none"]);
    await opened.write();
    const first = await readFile(opened.file);
    await opened.write({ replace: true });
    expect((await readFile(opened.file)).equals(first)).toBe(true);
  });

  test("has a layer once that comes twice", async () => {
    await using opened = await openImage(["gzip"]);
    const [layer] = opened.image.manifest.layers;
    const { diff_ids: diffIds } = (JSON.parse(String(opened.image.config)) as { rootfs: { diff_ids: Digest[] } })
      .rootfs;
    const twice = await openImage(["gzip", "gzip"], { diffIds: [...diffIds, ...diffIds] });
    await using _ = twice;
    const manifest = { ...twice.image.manifest, layers: [layer, layer].flatMap((layer) => layer ?? []) };
    await twice.write({ manifest });
    const found = await readTar(twice.file);
    expect(found.map(([name]) => name.replace(/^.*\./, ""))).toEqual(["tar", "json", "json"]);
    const [{ Layers }] = JSON.parse(String(found.at(-1)?.[1])) as [{ Layers: string[] }];
    expect(Layers).toHaveLength(2);
  });

  test("tells how layers travel", async () => {
    await using opened = await openImage(["gzip"]);
    const kinds: string[] = [];
    await opened.write({ onEvent: ({ kind }) => kinds.push(kind) });
    expect(kinds).toContain("done");
  });
});

describe("a docker archive that cannot be written", () => {
  test("says which layer is not what the image's config says, and leaves nothing", async () => {
    const diffIds = [digestOf(noise(1, "another"))];
    await using opened = await openImage(["gzip"], { diffIds });
    await expect(opened.write()).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining(`the image's config says ${diffIds[0]}`),
    });
    expect(await readdir(opened.directory)).toEqual([]);
  });

  test("leaves the file that it was to replace when a layer cannot be had", async () => {
    await using opened = await openImage(["gzip", "gzip"]);
    await writeFile(opened.file, "precious");
    const source: TaggedStorage = {
      ...opened.source,
      async *fetch(descriptor, options) {
        if (descriptor.digest === opened.image.manifest.layers[1]?.digest) throw new Error("gone");
        yield* opened.source.fetch(descriptor, options);
      },
    };
    await expect(opened.write({ source, replace: true })).rejects.toThrow("gone");
    await expect(opened.write()).rejects.toMatchObject({ code: "cannot-create" });
    expect(await readFile(opened.file, "utf8")).toBe("precious");
    expect(await readdir(opened.directory)).toEqual(["image.tar"]);
  });

  test("refuses an artifact that is no image", async () => {
    await using opened = await openImage([]);
    const source = openMemory();
    const index = parseManifest(
      (await source.fetchManifest((await pushSample(source, { tag: "1.0.0" })).digest)).bytes,
    );
    const [child] = index.kind === "index" ? index.manifests : [];
    const { descriptor: root, bytes } = await source.fetchManifest(child?.digest ?? "");
    const manifest = parseManifest(bytes);
    if (manifest.kind !== "image") throw new Error("it is an index");
    await expect(opened.write({ source, root, manifest })).rejects.toMatchObject({
      code: "usage",
      message: "this is no image that docker could load: its config is application/vnd.oci.empty.v1+json",
      hint: expect.stringContaining("oci-layout"),
    });
    expect(await readdir(opened.directory)).toEqual([]);
  });

  test("says that a layer is no gzip, though it begins like one", async () => {
    await using opened = await openImage([]);
    const layer = Buffer.concat([Buffer.from("1f8b08", "hex"), noise(1000)]);
    const config = encodeConfig([digestOf(layer)]);
    for (const bytes of [layer, config]) await opened.source.push(blobOf(bytes), contentOf(bytes));
    const root = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: blobOf(config), layers: [blobOf(layer)] };
    const bytes = encodeManifest(root);
    await opened.source.push({ ...blobOf(bytes), mediaType: OCI_MANIFEST }, contentOf(bytes));
    const manifest = parseManifest(bytes);
    if (manifest.kind !== "image") throw new Error("it is an index");
    await expect(opened.write({ root: { ...blobOf(bytes), mediaType: OCI_MANIFEST }, manifest })).rejects.toMatchObject(
      { code: "bad-data", message: "the content is not valid gzip data" },
    );
    expect(await readdir(opened.directory)).toEqual([]);
  });

  test("refuses an image whose config knows more layers than there are", async () => {
    const some = digestOf(noise(1));
    await using opened = await openImage(["gzip"], { diffIds: [some, some] });
    await expect(opened.write()).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("its config knows 2 layers, its manifest 1"),
    });
  });

  test.each(["1.0", "app", "App:1.0", ":1.0", "app:", "app:a b", "../app:1.0"])(
    "refuses the name %j, which docker would not load",
    async (name) => {
      await using opened = await openImage(["gzip"]);
      await expect(opened.write({ names: [name] })).rejects.toMatchObject({ code: "usage" });
    },
  );
});
