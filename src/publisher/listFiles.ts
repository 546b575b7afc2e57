import { TITLE } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { FetchedManifest, TaggedStorage } from "../oci/storage.ts";
import { readPlatformManifests } from "../release/platformManifests.ts";

export interface ListedFile {
  /** Undefined for files that belong to no platform. */
  readonly platform: string | undefined;
  readonly layer: Descriptor;
}

/** The files of every platform: layers with a title, or all layers of what has none. */
export async function listFiles(storage: TaggedStorage, root: FetchedManifest): Promise<ListedFile[]> {
  const manifests = await readPlatformManifests(storage, root);
  return manifests.flatMap(({ platform, manifest }) => {
    const titled = manifest.layers.filter(({ annotations }) => annotations?.[TITLE] !== undefined);
    // Deltas and the like have no title; an image has none at all, and its layers are all there is.
    const listed = titled.length > 0 ? titled : manifest.layers;
    return listed.map((layer) => ({
      platform: platform === undefined ? undefined : describePlatform(platform),
      layer,
    }));
  });
}

/** `darwin/amd64 (macOS 11)`. */
export function describePlatform(platform: NonNullable<Descriptor["platform"]>): string {
  const version = platform["os.version"];
  return `${formatPlatform(platform)}${version === undefined ? "" : ` (${version})`}`;
}
