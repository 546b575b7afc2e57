import { describe, expect, test } from "vitest";
import { TITLE } from "../../../src/oci/annotations.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { listFiles } from "../../../src/publisher/listFiles.ts";
import { composeIndex, composePlatformManifest } from "../../../src/release/compose.ts";
import { blobOf, noise } from "../../support/bytes.ts";

const PLATFORM = { os: "windows", architecture: "amd64" };

async function list(layers: readonly Descriptor[]) {
  const storage = openMemory();
  const { descriptor, bytes } = composePlatformManifest({
    platform: PLATFORM,
    layers: [...layers],
    compat: false,
  });
  const index = composeIndex({ manifests: [{ descriptor, platform: PLATFORM }], title: "app", version: "1.0.0" });
  await storage.push(descriptor, contentOf(bytes));
  await storage.push(index.descriptor, contentOf(index.bytes), { tag: "1.0.0" });
  return await listFiles(storage, await storage.fetchManifest("1.0.0"));
}

describe("the files of a release", () => {
  const file = { ...blobOf(noise(10)), annotations: { [TITLE]: "app.exe" } };
  const compressedAhead = blobOf(noise(5));
  const icon = { ...blobOf(noise(6)), mediaType: "image/png" };

  test("are those with a title: what is compressed ahead is none, and an icon is none", async () => {
    expect(await list([file, compressedAhead, icon])).toEqual([{ platform: "windows/amd64", layer: file }]);
  });

  test("are all layers of what has no title at all", async () => {
    const files = await list([compressedAhead, icon]);
    expect(files.map(({ layer }) => layer.digest)).toEqual([compressedAhead.digest, icon.digest]);
  });
});
