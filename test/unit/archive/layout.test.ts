import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Layout, openLayout } from "../../../src/archive/layout.ts";
import { copyGraph } from "../../../src/oci/copy.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { blobOf, chunked, noise } from "../../support/bytes.ts";
import { pushSample } from "../../support/sample.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const REF_NAME = "org.opencontainers.image.ref.name";

interface Opened extends AsyncDisposable {
  readonly path: string;
  readonly layout: Layout;
}

async function openEmpty(): Promise<Opened> {
  const directory = await temporaryDirectory();
  return {
    ...directory,
    layout: await openLayout(join(directory.path)),
    [Symbol.asyncDispose]: directory[Symbol.asyncDispose],
  };
}

async function readIndex(path: string): Promise<{ manifests: Descriptor[] }> {
  return JSON.parse(await readFile(join(path, "index.json"), "utf8")) as { manifests: Descriptor[] };
}

describe("an image layout on disk", () => {
  test("has the files that the image-spec names", async () => {
    await using opened = await openEmpty();
    const index = await pushSample(opened.layout, { tag: "1.0.0" });
    expect((await readdir(opened.path)).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
    expect(JSON.parse(await readFile(join(opened.path, "oci-layout"), "utf8"))).toEqual({
      imageLayoutVersion: "1.0.0",
    });
    expect(await readIndex(opened.path)).toMatchObject({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
    });
    const { manifests } = await readIndex(opened.path);
    expect(manifests.at(-1)).toEqual({ ...index, annotations: { [REF_NAME]: "1.0.0" } });
    // What has no tag is listed for its media type.
    expect(manifests.map(({ annotations }) => annotations)).toEqual([undefined, undefined, { [REF_NAME]: "1.0.0" }]);
  });

  test("lists a manifest once for each tag, and once without when it has none", async () => {
    await using opened = await openEmpty();
    const { layout, path } = opened;
    const first = await pushSample(layout, { tag: "a", seed: "first" });
    const second = await pushSample(layout, { tag: "c", seed: "second" });
    await layout.tag(first, "b");
    await layout.tag(first, "b");
    const entriesOf = async ({ digest }: Descriptor): Promise<(string | undefined)[]> =>
      (await readIndex(path)).manifests
        .filter((entry) => entry.digest === digest)
        .map(({ annotations }) => annotations?.[REF_NAME]);
    expect(await entriesOf(first)).toEqual(["a", "b"]);
    await layout.tag(second, "a");
    expect([await entriesOf(first), await entriesOf(second)]).toEqual([["b"], ["c", "a"]]);
    expect(await layout.untag("b")).toBe(true);
    expect(await layout.untag("b")).toBe(false);
    expect(await entriesOf(first)).toEqual([undefined]);
    expect(await layout.removeManifest(first.digest)).toBe(true);
    expect([await layout.removeManifest(first.digest), await layout.has(first)]).toEqual([false, false]);
    await layout.removeManifest(second.digest);
    expect(await layout.tags()).toEqual([]);
  });

  test("is read when only what is tagged is listed, as skopeo writes it; children are found by digest", async () => {
    await using opened = await openEmpty();
    const source = openMemory();
    const index = await pushSample(source, { tag: "1.0.0" });
    await copyGraph(source, opened.layout, index, { tag: "1.0.0" });
    const { manifests } = await readIndex(opened.path);
    await writeFile(
      join(opened.path, "index.json"),
      JSON.stringify({ schemaVersion: 2, manifests: manifests.slice(-1) }),
    );

    const layout = await openLayout(opened.path);
    const [child] = manifests;
    expect(await layout.resolve(child?.digest ?? "")).toEqual(child);
    expect(await layout.has(child as Descriptor)).toBe(true);
    await copyGraph(layout, openMemory(), await layout.resolve("1.0.0"));
    // A layer is in there as well, and is no manifest.
    const layer = blobOf(noise(4000, "sample/linux/amd64"));
    expect(await layout.has(layer)).toBe(true);
    await expect(layout.resolve(layer.digest)).rejects.toMatchObject({ code: "not-found" });
  });

  test("keeps what other tools wrote beside the tag", async () => {
    await using opened = await openEmpty();
    const index = await pushSample(opened.layout, { tag: "1.0.0" });
    const entry = {
      ...index,
      platform: { os: "linux", architecture: "amd64" },
      annotations: { [REF_NAME]: "1", "x.y": "z" },
    };
    await writeFile(join(opened.path, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
    await opened.layout.untag("1");
    expect((await readIndex(opened.path)).manifests).toEqual([{ ...entry, annotations: { "x.y": "z" } }]);
  });

  test("is one, though it is opened twice: nobody's tags are lost", async () => {
    await using opened = await openEmpty();
    const layouts = [opened.layout, await openLayout(opened.path)];
    const index = await pushSample(opened.layout, { tag: "first" });
    const tags = Array.from({ length: 20 }, (_, number) => `tag-${number}`);
    await Promise.all(tags.map(async (tag, number) => await layouts[number % 2]?.tag(index, tag)));
    for (const layout of layouts) expect((await layout.tags()).sort()).toEqual(["first", ...tags].sort());
  });

  test("is not disturbed in a push by being opened once more", async () => {
    await using opened = await openEmpty();
    const bytes = noise(10_000);
    await opened.layout.push(blobOf(bytes), async function* (offset) {
      yield* chunked(bytes)(offset);
      await openLayout(opened.path);
    });
    expect(await opened.layout.has(blobOf(bytes))).toBe(true);
  });

  test("begins anew when its folder was taken away", async () => {
    await using opened = await openEmpty();
    await pushSample(opened.layout, { tag: "old", seed: "old" });
    await rm(opened.path, { recursive: true });
    await expect(opened.layout.tags()).rejects.toMatchObject({ code: "not-found" });
    await pushSample(opened.layout, { tag: "new" });
    expect(await opened.layout.tags()).toEqual(["new"]);
  });

  test("holds nothing of a push that failed, nor of one that was called off", async () => {
    await using opened = await openEmpty();
    const bytes = noise(5000);
    const enough = new AbortController();
    const pushes = [
      opened.layout.push(blobOf(bytes), chunked(bytes.subarray(1))),
      opened.layout.push(
        blobOf(bytes),
        async function* (offset) {
          yield bytes.subarray(offset, 100);
          enough.abort(new Error("enough"));
          yield bytes.subarray(100);
        },
        { signal: enough.signal },
      ),
    ];
    const failed = await Promise.allSettled(pushes);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const files = await readdir(opened.path, { recursive: true, withFileTypes: true });
    expect(files.filter((file) => file.isFile())).toEqual([]);
  });

  test("gives blobs from files elsewhere their place", async () => {
    await using opened = await openEmpty();
    const bytes = noise(100);
    await mkdir(join(opened.path, "elsewhere"));
    await writeFile(join(opened.path, "elsewhere", "file"), bytes);
    await opened.layout.adopt(join(opened.path, "elsewhere", "file"), blobOf(bytes).digest);
    expect([await opened.layout.blobSize(blobOf(bytes).digest), await opened.layout.has(blobOf(bytes))]).toEqual([
      100,
      true,
    ]);
    await opened.layout.push(blobOf(bytes), contentOf(bytes));
  });
});
