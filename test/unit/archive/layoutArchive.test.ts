import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { extract } from "tar-stream";
import { describe, expect, test } from "vitest";
import { createLayoutArchive, type LayoutArchive } from "../../../src/archive/layoutArchive.ts";
import { openArchive } from "../../../src/archive/openArchive.ts";
import { copyGraph } from "../../../src/oci/copy.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { OCI_INDEX } from "../../../src/oci/mediaTypes.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { blobOf, chunked, collect, noise } from "../../support/bytes.ts";
import { pushSample } from "../../support/sample.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { pushImage } from "./images.ts";

async function write(file: string, fill: (archive: LayoutArchive) => Promise<unknown>, replace = false): Promise<void> {
  await using archive = await createLayoutArchive(file, { replace });
  await fill(archive);
  await archive.finish();
}

/** Name to content, as another reader of tars sees it. */
async function readTar(file: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const reader = extract();
  reader.end(await readFile(file));
  for await (const entry of reader) found.set(entry.header.name, await collect(entry as AsyncIterable<Uint8Array>));
  return found;
}

describe("an image layout that is written into a tar", () => {
  test("is one to other readers: its files are those of the image-spec", async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, "app.tar");
    let index;
    await write(file, async (archive) => (index = await pushSample(archive, { tag: "1.0.0" })));
    const found = await readTar(file);
    expect(JSON.parse(String(found.get("oci-layout")))).toEqual({ imageLayoutVersion: "1.0.0" });
    expect(JSON.parse(String(found.get("index.json")))).toEqual({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [Object.assign({}, index, { annotations: { "org.opencontainers.image.ref.name": "1.0.0" } })],
    });
    const blobs = [...found].filter(([name]) => name.startsWith("blobs/sha256/"));
    // Two programs, the empty config of both, two manifests, the index.
    expect(blobs).toHaveLength(6);
    for (const [name, bytes] of blobs) expect(digestOf(bytes)).toBe(`sha256:${name.slice("blobs/sha256/".length)}`);
    expect(found.size).toBe(8);
    expect((await stat(file)).size % 512).toBe(0);
    expect(await readdir(directory.path)).toEqual(["app.tar"]);
  });

  test("is the same file when the same content comes in the same order", async () => {
    await using directory = await temporaryDirectory();
    const files = ["one", "two"].map((name) => join(directory.path, name));
    for (const file of files) await write(file, async (archive) => await pushSample(archive, { tag: "1.0.0" }));
    const [one, two] = await Promise.all(files.map(async (file) => await readFile(file)));
    expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
  });

  test("takes pushes side by side, each at its own pace, and each content once", async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, "app.tar");
    const source = openMemory();
    const image = await pushImage(source, { tag: "1.0", compressions: ["gzip", "zstd", "none", "gzip"] });
    const contents = Array.from({ length: 8 }, (_, number) => noise(number * 7001, String(number)));
    await write(file, async (archive) => {
      await Promise.all([
        copyGraph(source, archive, image.descriptor, { tag: "1.0" }),
        copyGraph(source, archive, image.descriptor, { tag: "latest" }),
        ...contents.map(async (bytes, number) => await archive.push(blobOf(bytes), chunked(bytes, 100 + number))),
      ]);
    });
    await using archive = await openArchive(file);
    expect((await archive.tags()).sort()).toEqual(["1.0", "latest"]);
    await copyGraph(archive, openMemory(), await archive.resolve("latest"));
    for (const bytes of contents) expect((await collect(archive.fetch(blobOf(bytes)))).equals(bytes)).toBe(true);
    // Content, a block for each header and what fills blocks up: nothing is there twice.
    const names = [...(await readTar(file)).keys()];
    expect(new Set(names).size).toBe(names.length);
  });

  test("holds nothing under the name of what failed, whether or not something came after it", async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, "app.tar");
    const [bad, good, last] = [noise(5000, "bad"), noise(3000, "good"), noise(2000, "last")];
    await write(file, async (archive) => {
      const failing = archive.push(blobOf(bad), async function* () {
        yield bad.subarray(0, 1000);
        // The next place in the file is taken before this one fails.
        await archive.push(blobOf(good), chunked(good));
        yield noise(4000, "other");
      });
      await expect(failing).rejects.toMatchObject({ code: "bad-data" });
      await expect(archive.push(blobOf(last), chunked(noise(2000)))).rejects.toMatchObject({ code: "bad-data" });
      await pushSample(archive, { tag: "1.0.0" });
    });
    await using archive = await openArchive(file);
    expect([await archive.has(blobOf(bad)), await archive.has(blobOf(last))]).toEqual([false, false]);
    expect((await collect(archive.fetch(blobOf(good)))).equals(good)).toBe(true);
    await copyGraph(archive, openMemory(), await archive.resolve("1.0.0"));
    const names = [...(await readTar(file)).keys()].filter((name) => !name.startsWith("blobs/sha256/"));
    expect(names).toEqual([".discarded", "index.json", "oci-layout"]);
  });

  test("gives the place of what failed last to what comes next", async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, "app.tar");
    const bytes = noise(1_000_000);
    await write(file, async (archive) => {
      for (let attempt = 0; attempt < 3; attempt += 1)
        await expect(archive.push(blobOf(bytes), chunked(bytes.subarray(1)))).rejects.toMatchObject({
          code: "bad-data",
        });
      await archive.push(blobOf(noise(10)), contentOf(noise(10)));
    });
    expect((await stat(file)).size).toBeLessThan(10_000);
  });

  test("lists what has a tag and what nothing else leads to", async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, "app.tar");
    const source = openMemory();
    const [tagged, untagged] = [
      await pushSample(source, { tag: "1.0.0" }),
      await pushSample(source, { tag: "2.0.0", seed: "other" }),
    ];
    await write(file, async (archive) => {
      await copyGraph(source, archive, tagged, { tag: "1.0.0" });
      await copyGraph(source, archive, untagged);
    });
    await using archive = await openArchive(file);
    expect((await archive.manifests()).map(({ digest }) => digest).sort()).toEqual(
      [tagged.digest, untagged.digest].sort(),
    );
  });

  test("replaces a file only when told to, and that only when all is there", async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, "app.tar");
    await writeFile(file, "precious");
    await expect(createLayoutArchive(file, { replace: false })).rejects.toMatchObject({
      code: "cannot-create",
      message: `${file} is there already`,
      hint: expect.stringContaining("--force"),
    });
    await (async () => {
      await using archive = await createLayoutArchive(file, { replace: true });
      await pushSample(archive, { tag: "1.0.0" });
    })();
    expect(await readFile(file, "utf8")).toBe("precious");
    await write(file, async (archive) => await pushSample(archive, { tag: "1.0.0" }), true);
    await using archive = await openArchive(file);
    expect(await archive.tags()).toEqual(["1.0.0"]);
    expect(await readdir(directory.path)).toEqual(["app.tar"]);
  });

  test("says why it cannot be made", async () => {
    await using directory = await temporaryDirectory();
    const missing = join(directory.path, "missing", "app.tar");
    await expect(createLayoutArchive(missing, { replace: false })).rejects.toMatchObject({
      code: "cannot-create",
      message: `there is no folder ${join(directory.path, "missing")}`,
    });
    await mkdir(missing, { recursive: true });
    for (const replace of [true, false]) {
      await expect(createLayoutArchive(missing, { replace })).rejects.toMatchObject({
        code: "cannot-create",
        message: `${missing} is a folder`,
      });
    }
  });
});
