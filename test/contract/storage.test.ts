import { join } from "node:path";
import { openLayout } from "../../src/archive/layout.ts";
import { createLayoutArchive } from "../../src/archive/layoutArchive.ts";
import { openMemory } from "../../src/oci/memory.ts";
import type { TaggedStorage } from "../../src/oci/storage.ts";
import { openDiskRegistry } from "../../src/server/registry/disk.ts";
import { openBlobs } from "../../src/store/blobs.ts";
import { storePaths } from "../../src/store/paths.ts";
import { startTestRegistry } from "../support/registry.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { describeStorage, describeTaggedStorage } from "./storage.ts";

describeTaggedStorage("memory", async () => ({ storage: openMemory(), [Symbol.asyncDispose]: async () => undefined }));

describeTaggedStorage("an image layout", async () => {
  const directory = await temporaryDirectory();
  return {
    storage: await openLayout(directory.path),
    [Symbol.asyncDispose]: async () => await directory[Symbol.asyncDispose](),
  };
});

describeTaggedStorage("an image layout in a tar that is being written", async () => {
  const directory = await temporaryDirectory();
  const storage = await createLayoutArchive(join(directory.path, "layout.tar"), { replace: false });
  return {
    storage,
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
});

describeTaggedStorage("a registry in memory", async () => await startTestRegistry());

describeTaggedStorage("a registry on disk", async () => {
  const directory = await temporaryDirectory();
  const registry = await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
  const storage: TaggedStorage = registry.storage;
  return {
    storage,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
});

describeStorage("the launcher's blobs", async () => {
  const directory = await temporaryDirectory();
  return {
    storage: openBlobs(storePaths(directory.path)),
    [Symbol.asyncDispose]: async () => await directory[Symbol.asyncDispose](),
  };
});
