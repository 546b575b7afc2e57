import { truncate } from "node:fs/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../../src/archive/openArchive.ts";
import { copyGraph } from "../../../src/oci/copy.ts";
import { digestOf, encodedOf } from "../../../src/oci/digest.ts";
import { childrenOf, parseManifest } from "../../../src/oci/manifest.ts";
import { OCI_INDEX, OCI_LAYER_TAR, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf, type TaggedStorage } from "../../../src/oci/storage.ts";
import { blobOf, collect, noise } from "../../support/bytes.ts";
import { pushSample } from "../../support/sample.ts";
import { encodeConfig } from "./images.ts";
import { type Entry, fileOf, tarOf } from "./tars.ts";

const MARKER: Entry = { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' };
const REF_NAME = "org.opencontainers.image.ref.name";

function blobEntry(bytes: Uint8Array): Entry {
  return { name: `blobs/sha256/${encodedOf(digestOf(bytes))}`, content: bytes };
}

function indexEntry(manifests: readonly unknown[]): Entry {
  return { name: "index.json", content: JSON.stringify({ schemaVersion: 2, manifests }) };
}

/** An image layout with a release of two platforms, tagged 1.0.0, as skopeo lists it. */
async function layoutEntries(): Promise<Entry[]> {
  const source = openMemory();
  const contents: Uint8Array[] = [];
  const recording: TaggedStorage = {
    ...source,
    async push(expected, content, options) {
      contents.push(await collect(content(0)));
      await source.push(expected, content, options);
    },
  };
  const index = await pushSample(recording, { tag: "1.0.0" });
  return [MARKER, indexEntry([{ ...index, annotations: { [REF_NAME]: "1.0.0" } }]), ...contents.map(blobEntry)];
}

async function dockerEntries(
  images: readonly { readonly tags: readonly string[] | null; readonly layers: readonly string[] }[],
): Promise<Entry[]> {
  const list = images.map(({ tags, layers }) => {
    const config = encodeConfig(layers.map((layer) => digestOf(Buffer.from(layer))));
    const name = `${encodedOf(digestOf(config))}.json`;
    return { config, name, image: { Config: name, RepoTags: tags, Layers: layers.map(layerName) } };
  });
  return [
    ...images.flatMap(({ layers }) => layers.map((layer) => ({ name: layerName(layer), content: layer }))),
    ...list.map(({ name, config }) => ({ name, content: config })),
    { name: "manifest.json", content: JSON.stringify(list.map(({ image }) => image)) },
  ];
}

function layerName(layer: string): string {
  return `${encodedOf(digestOf(Buffer.from(layer)))}.tar`;
}

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

const list = (image: unknown): Entry => ({ name: "manifest.json", content: JSON.stringify([image]) });

describe("a file that cannot be used", () => {
  test.each<[string, readonly Entry[], string]>([
    ["nothing", [], "it is neither an OCI image layout nor a docker archive"],
    ["something else", [{ name: "readme" }], "it is neither an OCI image layout nor a docker archive"],
    ["index.json alone", [indexEntry([])], "it is neither an OCI image layout nor a docker archive"],
    [
      "a layout from the future",
      [{ ...MARKER, content: '{"imageLayoutVersion":"2.0.0"}' }, indexEntry([])],
      "oci-layout: expected image layout version 1, got 2.0.0",
    ],
    ["an index.json that is none", [MARKER, { name: "index.json", content: "{}" }], "index.json: manifests is missing"],
    [
      "an index.json of 5 MiB",
      [MARKER, { name: "index.json", content: " ".repeat(5 * 1024 * 1024) }],
      "longer than 4194304 bytes",
    ],
    [
      "a digest with a path in it",
      [MARKER, indexEntry([{ mediaType: "a/b", digest: "sha256:../../x", size: 1 }])],
      "index.json: manifests[0].digest",
    ],
    ["a manifest.json that is none", [{ name: "manifest.json", content: "{}" }], "manifest.json: expected"],
    [
      "a config that is missing",
      [list({ Config: "config", RepoTags: [], Layers: [] })],
      'manifest.json names "config", which is not in it',
    ],
    [
      "a config outside",
      [list({ Config: "../../../../etc/passwd", RepoTags: [], Layers: [] })],
      'names "../../../../etc/passwd", which is not in it',
    ],
    [
      "a layer outside",
      [{ name: "c", content: "{}" }, list({ Config: "c", RepoTags: [], Layers: ["/etc/passwd"] })],
      'names "/etc/passwd", which is not in it',
    ],
    [
      "a layer that is a link to outside",
      [
        { name: "c", content: "{}" },
        { name: "l", type: "symlink", linkname: "/etc/passwd" },
        list({ Config: "c", RepoTags: [], Layers: ["l"] }),
      ],
      'names "l", which is not in it',
    ],
    [
      "a layer that its config does not know",
      [
        { name: "c", content: encodeConfig([digestOf(Buffer.from("right"))]) },
        { name: "l", content: "wrong" },
        list({ Config: "c", RepoTags: [], Layers: ["l"] }),
      ],
      "l is wrong: expected sha256:",
    ],
  ])("holds %s", async (_, entries, message) => {
    await using file = await fileOf(await tarOf(entries));
    const opening = openArchive(file.path);
    await expect(opening).rejects.toMatchObject({ code: "bad-data", hint: expect.stringMatching(/\w/) });
    await expect(opening).rejects.toThrow(`${file.path}: `);
    await expect(opening).rejects.toThrow(message);
  });

  test.each([
    ["gzip", "gunzip", gzipSync],
    ["zstd", "unzstd", zstdCompressSync],
  ])("is compressed with %s", async (name, command, compress) => {
    await using file = await fileOf(compress(await tarOf(await layoutEntries())));
    await expect(openArchive(file.path)).rejects.toMatchObject({
      code: "bad-data",
      message: `${file.path}: it is compressed with ${name}`,
      hint: `Unpack it first: ${command} ${file.path}`,
    });
  });

  test("is not there", async () => {
    await expect(openArchive("/nowhere/app.tar")).rejects.toMatchObject({
      code: "not-found",
      message: "there is no /nowhere/app.tar",
    });
  });

  test("lists a million manifests", async () => {
    const entry = { mediaType: "a/b", digest: `sha256:${"a".repeat(64)}`, size: 1 };
    await using file = await fileOf(await tarOf([MARKER, indexEntry(Array.from({ length: 1_000_000 }, () => entry))]));
    await expect(openArchive(file.path)).rejects.toMatchObject({ code: "bad-data" });
  });
});
