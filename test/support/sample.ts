import { TITLE } from "../../src/oci/annotations.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { contentOf, type TaggedStorage } from "../../src/oci/storage.ts";
import { composeIndex, composePlatformManifest } from "../../src/release/compose.ts";
import { blobOf, noise } from "./bytes.ts";

export interface SampleOptions {
  readonly tag: string;
  readonly seed?: string;
  readonly platforms?: readonly string[];
  /** The file of each platform; noise unless given. */
  readonly program?: Uint8Array;
}

/** Pushes a small release with one file for each platform, and gives its index. */
export async function pushSample(storage: TaggedStorage, options: SampleOptions): Promise<Descriptor> {
  const { tag, seed = "sample", platforms = ["linux/amd64", "windows/amd64"] } = options;
  const manifests = [];
  for (const name of platforms) {
    const platform = parsePlatform(name);
    const bytes = options.program ?? noise(4000, `${seed}/${name}`);
    const layer = { ...blobOf(bytes), annotations: { [TITLE]: "app" } };
    const manifest = composePlatformManifest({ platform, layers: [layer], entrypoint: "app", compat: false });
    await storage.push(layer, contentOf(bytes));
    await storage.push(manifest.config.descriptor, contentOf(manifest.config.bytes));
    await storage.push(manifest.descriptor, contentOf(manifest.bytes));
    manifests.push({ descriptor: manifest.descriptor, platform });
  }
  const index = composeIndex({ manifests, title: "app", version: tag });
  await storage.push(index.descriptor, contentOf(index.bytes), { tag });
  return index.descriptor;
}
