import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openLayout } from "../../../src/archive/layout.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { blobOf, collect, noise } from "../../support/bytes.ts";
import { pushSample } from "../../support/sample.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';
const ENTRY = `{"mediaType":"application/x","digest":"sha256:${"a".repeat(64)}","size":1}`;

describe("a damaged image layout", () => {
  test.each([
    ["oci-layout", { "oci-layout": "" }, "oci-layout: not JSON"],
    ["oci-layout", { "oci-layout": "{}" }, "oci-layout: imageLayoutVersion is missing"],
    [
      "oci-layout",
      { "oci-layout": '{"imageLayoutVersion":"2.0.0"}' },
      "oci-layout: expected image layout version 1, got 2.0.0",
    ],
    ["oci-layout", { "index.json": `{"manifests":[${ENTRY}]}` }, "oci-layout is missing: the image layout is damaged"],
    ["index.json", { "oci-layout": LAYOUT }, "index.json is missing: the image layout is damaged"],
    ["index.json", { "oci-layout": LAYOUT, "index.json": '{"manifests":[' }, "index.json: not JSON"],
    ["index.json", { "oci-layout": LAYOUT, "index.json": "{}" }, "index.json: manifests is missing"],
    [
      "index.json",
      { "oci-layout": LAYOUT, "index.json": `{"manifests":[${ENTRY},{"digest":"../../x"}]}` },
      "index.json: manifests[1].",
    ],
  ])("says that %s is wrong: %j", async (_, files, message) => {
    await using directory = await temporaryDirectory();
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory.path, name), text);
    await expect(openLayout(directory.path)).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining(join(directory.path, message)),
    });
  });

  test("says which blob is wrong, in its bytes or its length, and gives nobody the whole of it", async () => {
    await using directory = await temporaryDirectory();
    const layout = await openLayout(directory.path);
    const bytes = noise(100);
    const descriptor = blobOf(bytes);
    const path = join(directory.path, "blobs", descriptor.digest.replace(":", "/"));
    await layout.push(descriptor, contentOf(bytes));
    for (const [damage, what] of [
      [noise(100, "other"), "wrong digest"],
      [noise(99), "wrong size"],
    ] as const) {
      await writeFile(path, damage);
      await expect(collect(layout.fetch(descriptor))).rejects.toMatchObject({
        code: "bad-data",
        message: expect.stringContaining(`${path}: ${what}`),
        hint: expect.stringContaining("damaged"),
      });
    }
    // One that was cut short is not there: pushing it again mends it.
    expect(await layout.has(descriptor)).toBe(false);
    await layout.push(descriptor, contentOf(bytes));
    expect(bytes.equals(await collect(layout.fetch(descriptor)))).toBe(true);
  });

  test("says which manifest is wrong, and serves the others", async () => {
    await using directory = await temporaryDirectory();
    const layout = await openLayout(directory.path);
    const damaged = await pushSample(layout, { tag: "damaged", seed: "damaged" });
    const lost = await pushSample(layout, { tag: "lost", seed: "lost" });
    const kept = await pushSample(layout, { tag: "kept", seed: "kept" });
    const pathOf = (digest: string): string => join(directory.path, "blobs", digest.replace(":", "/"));
    await writeFile(pathOf(damaged.digest), "{}");
    await rm(pathOf(lost.digest));
    await expect(layout.fetchManifest("damaged")).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining(pathOf(damaged.digest)),
    });
    await expect(layout.fetchManifest("lost")).rejects.toMatchObject({ code: "not-found" });
    expect((await layout.fetchManifest("kept")).descriptor).toEqual(kept);
    await expect(layout.resolve(blobOf(noise(1)).digest)).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("a disk that refuses", () => {
  test.each(["blobs", "blobs/sha256"])("is named, with a way out, when a file is in the way of %s", async (name) => {
    await using directory = await temporaryDirectory();
    const layout = await openLayout(directory.path);
    await mkdir(join(directory.path, name, ".."), { recursive: true });
    await writeFile(join(directory.path, name), "in the way");
    const bytes = noise(10);
    await expect(layout.push(blobOf(bytes), contentOf(bytes))).rejects.toMatchObject({
      code: "cannot-create",
      message: expect.stringContaining(join(directory.path, "blobs")),
      hint: expect.stringContaining("file"),
    });
  });

  test("is named when the layout's own folder is a file", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "file");
    await writeFile(path, "");
    await expect(openLayout(path)).rejects.toMatchObject({
      code: "cannot-create",
      message: expect.stringContaining(path),
    });
  });
});
