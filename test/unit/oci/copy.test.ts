import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { copyGraph, type CopyEvent } from "../../../src/oci/copy.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { describe as describeContent } from "../../../src/oci/descriptor.ts";
import { childrenOf, encodeManifest } from "../../../src/oci/manifest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { overlay } from "../../../src/oci/overlay.ts";
import { contentOf, type Storage, type TaggedStorage } from "../../../src/oci/storage.ts";
import { blobOf, collect, noise } from "../../support/bytes.ts";
import { pushSample } from "../../support/sample.ts";

/** Writes down what is pushed, and counts how much at once. */
function watched(storage: TaggedStorage): Storage & { readonly pushed: string[]; most: number } {
  let running = 0;
  const watcher = {
    pushed: [] as string[],
    most: 0,
    has: async (descriptor: Descriptor) => await storage.has(descriptor),
    fetch: (descriptor: Descriptor) => storage.fetch(descriptor),
    push: async (...[expected, content, options]: Parameters<Storage["push"]>) => {
      running += 1;
      watcher.most = Math.max(watcher.most, running);
      await new Promise((resolve) => setImmediate(resolve));
      await storage.push(expected, content, options);
      running -= 1;
      watcher.pushed.push(options?.tag === undefined ? expected.mediaType : `tag ${options.tag}`);
    },
  };
  return watcher;
}

const PLATFORMS = ["linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"];

describe("copying a release", () => {
  test("sends children first, and the tag as the last step of all", async () => {
    const source = openMemory();
    const index = await pushSample(source, { tag: "1.0.0" });
    const target = watched(openMemory());
    await copyGraph(source, target, index, { tag: "2.0.0" });
    expect(target.pushed.at(-1)).toBe("tag 2.0.0");
    expect(target.pushed.slice(0, -1).filter((type) => type.startsWith("tag"))).toEqual([]);
    const manifest = target.pushed.indexOf("application/vnd.oci.image.manifest.v1+json");
    expect(target.pushed.slice(0, manifest)).toContain("application/octet-stream");
  });

  test("sends what several refer to once, and what is there not at all", async () => {
    const source = openMemory();
    const index = await pushSample(source, { tag: "1.0.0", platforms: PLATFORMS, program: noise(500) });
    const memory = openMemory();
    const target = watched(memory);
    await copyGraph(source, target, index);
    expect(target.pushed.filter((type) => type === "application/octet-stream")).toHaveLength(1);
    const again = watched(memory);
    const events: CopyEvent["kind"][] = [];
    await copyGraph(source, again, index, { onEvent: ({ kind }) => events.push(kind) });
    expect(again.pushed).toEqual([]);
    expect(new Set(events)).toEqual(new Set(["queued", "exists"]));
  });

  test("leaves a layer where its publisher keeps it when the source does not hold it", async () => {
    const source = openMemory();
    const elsewhere = { ...blobOf(noise(50)), urls: ["https://storage.example/layer"] };
    const kept = { ...blobOf(noise(100)), urls: ["https://storage.example/other"] };
    const config = blobOf(noise(10));
    await source.push(kept, contentOf(noise(100)));
    await source.push(config, contentOf(noise(10)));
    const bytes = encodeManifest({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config,
      layers: [elsewhere, kept],
    });
    const root = describeContent(OCI_MANIFEST, bytes);
    await source.push(root, contentOf(bytes));
    const target = openMemory();
    const events: string[] = [];
    await copyGraph(source, target, root, {
      onEvent: (event) => event.kind !== "queued" && events.push(`${event.kind} ${event.descriptor.digest}`),
    });
    expect(events).toContain(`foreign ${elsewhere.digest}`);
    expect(events).toContain(`done ${kept.digest}`);
    expect(await target.has(root)).toBe(true);
  });

  test("keeps to the number of transfers at once", async () => {
    const source = openMemory();
    const index = await pushSample(source, { tag: "1.0.0", platforms: PLATFORMS });
    const target = watched(openMemory());
    await copyGraph(source, target, index, { concurrency: 2 });
    expect(target.most).toBe(2);
  });

  test("ends with the first failure, and leaves no tag", async () => {
    const source = openMemory();
    const index = await pushSample(source, { tag: "1.0.0", platforms: PLATFORMS });
    const memory = openMemory();
    const failing: Storage = {
      ...memory,
      push: async (expected, content, options) => {
        if (expected.mediaType === "application/octet-stream") throw new AppError("io", "the disk is full");
        await memory.push(expected, content, options);
      },
    };
    await expect(copyGraph(source, failing, index, { tag: "1.0.0" })).rejects.toMatchObject({ code: "io" });
    expect(await memory.tags()).toEqual([]);
  });

  test("names what failed first, not what was called off because of it", async () => {
    const source = openMemory();
    const index = await pushSample(source, { tag: "1.0.0", platforms: PLATFORMS });
    const memory = openMemory();
    let blobs = 0;
    const failing: Storage = {
      ...memory,
      push: async (expected, content, options) => {
        if (expected.mediaType !== "application/octet-stream") return await memory.push(expected, content, options);
        blobs += 1;
        if (blobs > 1) throw new AppError("io", "the disk is full");
        await new Promise((_, reject) => {
          options?.signal?.addEventListener("abort", () => reject(new Error("called off")));
        });
      },
    };
    await expect(copyGraph(source, failing, index)).rejects.toThrow("the disk is full");
  });

  test("begins nothing more after the first failure", async () => {
    const source = openMemory();
    const index = await pushSample(source, { tag: "1.0.0", platforms: PLATFORMS });
    const asked: string[] = [];
    const failing: Storage = {
      ...openMemory(),
      has: async ({ mediaType }) => {
        asked.push(mediaType);
        throw new AppError("unavailable", "the line is dead");
      },
    };
    await expect(copyGraph(source, failing, index, { concurrency: 1 })).rejects.toThrow("the line is dead");
    expect(asked).toHaveLength(1);
  });

  test("refuses manifests that are nested without end", async () => {
    const source = openMemory();
    let inner: Descriptor | undefined;
    for (let depth = 0; depth < 10; depth += 1) {
      const bytes = encodeManifest({
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: inner === undefined ? [] : [inner],
      });
      inner = describeContent(OCI_INDEX, bytes);
      await source.push(inner, contentOf(bytes), { tag: `depth-${depth}` });
    }
    const target = openMemory();
    await copyGraph(source, target, await source.resolve("depth-8"), { tag: "as-deep-as-it-may-be" });
    await expect(copyGraph(source, target, await source.resolve("depth-9"))).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("nested more than 8 deep"),
    });
  });

  test("copies only the children that are selected", async () => {
    const source = openMemory();
    const index = await pushSample(source, { tag: "1.0.0", platforms: PLATFORMS });
    const target = watched(openMemory());
    await copyGraph(source, target, index, {
      selectChildren: (manifest) => (manifest.kind === "index" ? manifest.manifests.slice(0, 1) : childrenOf(manifest)),
    });
    expect(target.pushed.filter((type) => type === OCI_MANIFEST)).toHaveLength(1);
  });

  test("ends when its caller has had enough", async () => {
    const source = openMemory();
    const index = await pushSample(source, { tag: "1.0.0" });
    await expect(
      copyGraph(source, openMemory(), index, { signal: AbortSignal.abort(new Error("enough")) }),
    ).rejects.toThrow("enough");
  });
});

describe("a copy to where there is nothing yet", () => {
  /** Twenty blobs, of which the target has some, and how it is asked. */
  async function prepare(there: (index: number) => boolean) {
    const [source, target] = [openMemory(), openMemory()];
    const layers: Descriptor[] = [];
    for (let index = 0; index < 20; index += 1) {
      const bytes = noise(50, String(index));
      layers.push(blobOf(bytes));
      await source.push(blobOf(bytes), contentOf(bytes));
      if (there(index)) await target.push(blobOf(bytes), contentOf(bytes));
    }
    const config = blobOf(noise(10));
    await source.push(config, contentOf(noise(10)));
    const bytes = encodeManifest({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers });
    const root = describeContent(OCI_MANIFEST, bytes);
    await source.push(root, contentOf(bytes));
    const seen = { asked: 0, absent: 0, sent: 0 };
    const watched: Storage = {
      ...target,
      async has(descriptor) {
        if (descriptor.mediaType !== OCI_MANIFEST) seen.asked += 1;
        return await target.has(descriptor);
      },
      async push(expected, content, options) {
        if (options?.absent === true) seen.absent += 1;
        seen.sent += 1;
        await target.push(expected, content, options);
      },
    };
    return { source, target, watched, root, seen };
  }

  test("asks for the first blobs, then whether there is anything, and then no more", async () => {
    const { source, target, watched, root, seen } = await prepare(() => false);
    let questions = 0;
    const isEmpty = async () => (questions += 1) > 0;
    await copyGraph(source, watched, root, { concurrency: 1, isEmpty });
    expect(seen).toEqual({ asked: 8, absent: 13, sent: 22 });
    expect(questions).toBe(1);
    expect(await target.has(root)).toBe(true);
  });

  test.each<[string, (index: number) => boolean, boolean | undefined]>([
    ["one of the first is there: somebody was interrupted", (index) => index < 3, true],
    ["there is something", () => false, false],
    ["nobody says so", () => false, undefined],
  ])("asks for each when %s", async (_, there, empty) => {
    const { source, watched, root, seen } = await prepare(there);
    const isEmpty = empty === undefined ? {} : { isEmpty: async () => empty };
    await copyGraph(source, watched, root, { concurrency: 1, ...isEmpty });
    expect(seen).toMatchObject({ asked: 21, absent: 0 });
  });
});

describe("an overlay", () => {
  test("gives what is at hand, and asks for the rest", async () => {
    const bytes = noise(100);
    const under = openMemory();
    const over = overlay(under, [{ descriptor: blobOf(bytes), bytes }]);
    expect(await over.has(blobOf(bytes))).toBe(true);
    expect(bytes.equals(await collect(over.fetch(blobOf(bytes))))).toBe(true);
    await expect(collect(over.fetch(blobOf(noise(5))))).rejects.toMatchObject({ code: "not-found" });
  });

  test("refuses bytes that are not what they are said to be", () => {
    expect(() => overlay(openMemory(), [{ descriptor: blobOf(noise(10)), bytes: noise(10, "other") }])).toThrow(
      "wrong digest",
    );
  });
});
