import { expect, test } from "vitest";
import { describe } from "../../../src/oci/descriptor.ts";
import { encodeManifest } from "../../../src/oci/manifest.ts";
import { OCI_INDEX } from "../../../src/oci/mediaTypes.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf, type FetchedManifest } from "../../../src/oci/storage.ts";
import { readPlatformManifests } from "../../../src/release/platformManifests.ts";
import { pushSample } from "../../support/sample.ts";

test("every platform's manifest is read, with what it is for", async () => {
  const storage = openMemory();
  await pushSample(storage, { tag: "1.0.0", platforms: ["linux/amd64", "darwin/arm64"] });
  const read = await readPlatformManifests(storage, await storage.fetchManifest("1.0.0"));
  expect(read.map(({ platform }) => platform?.os)).toEqual(["darwin", "linux"]);
  expect(read.map(({ manifest }) => manifest.layers.length)).toEqual([1, 1]);
});

test("an index that has one manifest in it again and again ends it soon", async () => {
  const storage = openMemory();
  await pushSample(storage, { tag: "1.0.0", platforms: ["linux/amd64"] });
  const index = JSON.parse(Buffer.from((await storage.fetchManifest("1.0.0")).bytes).toString()) as {
    manifests: unknown[];
  };
  const bytes = encodeManifest({ ...index, manifests: Array(15_000).fill(index.manifests[0]) });
  const root: FetchedManifest = { descriptor: describe(OCI_INDEX, bytes), bytes };
  await storage.push(root.descriptor, contentOf(bytes));
  let fetched = 0;
  const counted = {
    ...storage,
    fetch(...args: Parameters<typeof storage.fetch>) {
      fetched += 1;
      return storage.fetch(...args);
    },
  };
  await expect(readPlatformManifests(counted, root)).rejects.toMatchObject({ code: "bad-data" });
  expect(fetched).toBeLessThanOrEqual(100);
});
