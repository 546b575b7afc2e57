import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CopyEvent } from "../../../src/oci/copy.ts";
import { parseManifest } from "../../../src/oci/manifest.ts";
import { isStoredAsManifest } from "../../../src/oci/mediaTypes.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { parseReference } from "../../../src/oci/reference.ts";
import type { TaggedStorage } from "../../../src/oci/storage.ts";
import { pushArtifact } from "../../../src/publisher/pushArtifact.ts";
import { collect, noise } from "../../support/bytes.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

/** A folder of files, a registry that is a memory, and what it is asked and told. */
async function openWork(files: Readonly<Record<string, Buffer>>) {
  const directory = await temporaryDirectory();
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(directory.path, name), bytes);
  const memory = openMemory();
  const seen = { asked: 0, sent: [] as string[], events: [] as CopyEvent[] };
  const target: TaggedStorage = {
    ...memory,
    async has(descriptor) {
      if (!isStoredAsManifest(descriptor.mediaType)) seen.asked += 1;
      return await memory.has(descriptor);
    },
    async push(expected, content, options) {
      await memory.push(expected, content, options);
      seen.sent.push(isStoredAsManifest(expected.mediaType) ? "manifest" : expected.digest);
    },
  };
  return {
    path: directory.path,
    memory,
    seen,
    push: async (names: readonly string[], { tag = "1.0.0", force = false } = {}) =>
      await pushArtifact(
        {
          reference: parseReference(`127.0.0.1:5000/example/files:${tag}`),
          files: names.map((path) => ({ path, mediaType: undefined })),
          artifactType: "application/vnd.example",
          annotations: {},
          created: undefined,
          force,
        },
        { target, cwd: directory.path, concurrency: 2, onEvent: (event) => seen.events.push(event) },
      ),
    [Symbol.asyncDispose]: async () => await directory[Symbol.asyncDispose](),
  };
}

const names = Array.from({ length: 30 }, (_, index) => `file-${index}`);
const files = Object.fromEntries(names.map((name) => [name, noise(2000, name)]));

describe("pushing plain files", () => {
  test("publishes each as it is, in their order, and the manifest last", async () => {
    await using work = await openWork({ ...files, large: noise(3_000_000) });
    const { digest, result } = await work.push([...names, "large"]);
    expect(result).toBe("pushed");
    const { bytes, descriptor } = await work.memory.fetchManifest("1.0.0");
    expect(descriptor.digest).toBe(digest);
    const manifest = parseManifest(bytes, descriptor.mediaType);
    if (manifest.kind !== "image") throw new Error("no manifest of layers");
    expect(manifest.layers.map(({ annotations }) => annotations?.["org.opencontainers.image.title"])).toEqual([
      ...names,
      "large",
    ]);
    for (const [index, name] of names.entries())
      expect(await collect(work.memory.fetch(manifest.layers[index]!))).toEqual(files[name]);
    expect((await collect(work.memory.fetch(manifest.layers[30]!))).equals(noise(3_000_000))).toBe(true);
    expect(work.seen.sent.at(-1)).toBe("manifest");
  });

  test("asks a repository that is new for the first files alone, and any other for all", async () => {
    await using work = await openWork(files);
    await work.push(names);
    expect(work.seen.asked).toBeLessThan(names.length / 2);
    work.seen.asked = 0;
    await work.push(names.toReversed(), { tag: "2.0.0" });
    expect(work.seen.asked).toBeGreaterThanOrEqual(names.length);
  });

  test("again sends nothing, and asks for nothing but the tag", async () => {
    await using work = await openWork(files);
    await work.push(names);
    Object.assign(work.seen, { asked: 0, sent: [] });
    expect(await work.push(names)).toMatchObject({ result: "unchanged", sent: 0 });
    expect(work.seen).toMatchObject({ asked: 0, sent: [] });
  });

  test("sends nothing where a version exists with other content, unless it is forced", async () => {
    await using work = await openWork(files);
    await work.push(names);
    work.seen.sent = [];
    await writeFile(join(work.path, "file-3"), "changed");
    await expect(work.push(names)).rejects.toMatchObject({ code: "cannot-create" });
    expect(work.seen.sent).toEqual([]);
    expect(await work.push(names, { force: true })).toMatchObject({ result: "replaced" });
  });

  test.each([
    ["is missing", ["file-1", "missing"], "not-found"],
    ["has another's name", ["file-1", "./file-1"], "usage"],
  ])("sends nothing when one of them %s", async (_, given, code) => {
    await using work = await openWork(files);
    await expect(work.push(given)).rejects.toMatchObject({ code });
    expect(work.seen.sent).toEqual([]);
  });

  test("leaves no tag when one of them cannot be packed", async () => {
    await using work = await openWork(files);
    await mkdir(join(work.path, "empty"));
    await expect(work.push([...names, "empty"])).rejects.toMatchObject({ code: "not-found" });
    expect(await work.memory.tags()).toEqual([]);
  });

  test("tells of all of them before the first is sent, and of each once", async () => {
    await using work = await openWork({ ...files, twin: noise(2000, "file-0") });
    await work.push([...names, "twin"]);
    const kinds = work.seen.events.map(({ kind }) => kind);
    expect(kinds.indexOf("progress")).toBeGreaterThan(30);
    const queued = work.seen.events.filter((event) => event.kind === "queued");
    // The config of two bytes is one of them.
    expect(queued).toHaveLength(32);
    expect(queued.reduce((sum, { size }) => sum + size, 0)).toBe(31 * 2000 + 2);
    expect(kinds.filter((kind) => kind === "exists")).toHaveLength(1);
    // Thirty files, the config and the manifest.
    expect(kinds.filter((kind) => kind === "done")).toHaveLength(32);
  });
});
