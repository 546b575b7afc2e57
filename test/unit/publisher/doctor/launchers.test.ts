import { describe, expect, test } from "vitest";
import { TITLE } from "../../../../src/oci/annotations.ts";
import type { Descriptor } from "../../../../src/oci/descriptor.ts";
import { openMemory } from "../../../../src/oci/memory.ts";
import { contentOf } from "../../../../src/oci/storage.ts";
import { checkLaunchers } from "../../../../src/publisher/doctor/launchers.ts";
import { composeIndex, composePlatformManifest } from "../../../../src/release/compose.ts";
import { blobOf, noise } from "../../../support/bytes.ts";

const PLATFORM = { os: "linux", architecture: "amd64" };

function layerOf(title?: string): Descriptor {
  const layer = blobOf(noise(100, title ?? "untitled"));
  return title === undefined ? layer : { ...layer, annotations: { [TITLE]: title } };
}

async function check(layers: readonly Descriptor[]) {
  const storage = openMemory();
  const manifest = composePlatformManifest({ platform: PLATFORM, layers: [...layers], compat: false });
  const index = composeIndex({
    manifests: [{ descriptor: manifest.descriptor, platform: PLATFORM }],
    title: "app",
    version: "1.0.0",
  });
  await storage.push(manifest.descriptor, contentOf(manifest.bytes));
  await storage.push(index.descriptor, contentOf(index.bytes), { tag: "launcher-1.0.0" });
  return await checkLaunchers(storage, ["launcher-1.0.0"], []);
}

describe("a launcher", () => {
  test("may bring along what has no title: itself compressed ahead, and an icon", async () => {
    expect(await check([layerOf("app"), layerOf(), layerOf()])).toMatchObject({ status: "ok" });
  });

  test.each([
    ["two files", [layerOf("app"), layerOf("README")], "has 2 files for linux/amd64, not one"],
    ["no file at all", [layerOf()], "has 0 files for linux/amd64, not one"],
  ])("is wrong with %s", async (_what, layers, says) => {
    expect(await check(layers)).toMatchObject({ status: "failed", detail: `launcher-1.0.0 ${says}` });
  });
});
