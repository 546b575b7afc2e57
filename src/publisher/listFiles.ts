import { TITLE } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseManifest } from "../oci/manifest.ts";
import { isStoredAsManifest } from "../oci/mediaTypes.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { FetchedManifest, TaggedStorage } from "../oci/storage.ts";

export interface ListedFile {
  /** Undefined for files that belong to no platform. */
  readonly platform: string | undefined;
  readonly layer: Descriptor;
}

// An index in an index in an index: no honest one is deeper.
const MAX_DEPTH = 3;

/** The files of every platform: layers with a title, or all layers of what has none. */
export async function listFiles(storage: TaggedStorage, root: FetchedManifest): Promise<ListedFile[]> {
  return await walk(root, { platform: undefined, depth: 0 });

  async function walk(
    { descriptor, bytes }: FetchedManifest,
    { platform, depth }: { readonly platform: string | undefined; readonly depth: number },
  ): Promise<ListedFile[]> {
    const manifest = parseManifest(bytes, descriptor.mediaType);
    if (manifest.kind === "image") {
      const titled = manifest.layers.filter(({ annotations }) => annotations?.[TITLE] !== undefined);
      // Deltas and the like have no title; an image has none at all, and its layers are all there is.
      return (titled.length > 0 ? titled : manifest.layers).map((layer) => ({ platform, layer }));
    }
    if (depth >= MAX_DEPTH) return [];
    const found: ListedFile[] = [];
    for (const child of manifest.manifests) {
      // Attestations and the like carry unknown/unknown.
      if (!isStoredAsManifest(child.mediaType) || child.platform?.os === "unknown") continue;
      const own = child.platform === undefined ? platform : describePlatform(child.platform);
      found.push(...(await walk(await storage.fetchManifest(child.digest), { platform: own, depth: depth + 1 })));
    }
    return found;
  }
}

/** `darwin/amd64 (macOS 11)`. */
export function describePlatform(platform: NonNullable<Descriptor["platform"]>): string {
  const version = platform["os.version"];
  return `${formatPlatform(platform)}${version === undefined ? "" : ` (${version})`}`;
}
