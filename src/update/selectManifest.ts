import { AppError } from "../errors.ts";
import { onOneLine } from "../format.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type ImageIndex, type ImageManifest, MAX_MANIFEST_BYTES, parseManifest } from "../oci/manifest.ts";
import { isIndexType, isManifestType } from "../oci/mediaTypes.ts";
import { type Host, selectPlatform } from "../oci/platform.ts";
import { type FetchedManifest, fetchBytes, type Storage } from "../oci/storage.ts";

export interface SelectedManifest extends FetchedManifest {
  readonly manifest: ImageManifest;
  /** Annotations of the index and then of the manifest. */
  readonly annotations: Readonly<Record<string, string>>;
}

// An index in an index in an index: no honest one is deeper.
const MAX_NESTING = 3;

/**
 * Goes from what a tag stands for to the manifest for the host: straight for a single manifest, which has no
 * platform, or through an index and those nested in it (image-spec image-index.md).
 *
 * @returns undefined when nothing in it runs on the host.
 */
export async function selectManifest(
  storage: Storage,
  root: FetchedManifest,
  { host, signal }: { readonly host: Host; readonly signal?: AbortSignal },
): Promise<SelectedManifest | undefined> {
  return await descend(root, 0);

  async function descend(fetched: FetchedManifest, depth: number): Promise<SelectedManifest | undefined> {
    const manifest = parseManifest(fetched.bytes, fetched.descriptor.mediaType);
    if (manifest.kind === "image") return { ...fetched, manifest, annotations: manifest.annotations ?? {} };
    const found = await search(manifest, depth);
    return found === undefined
      ? undefined
      : { ...found, annotations: { ...manifest.annotations, ...found.annotations } };
  }

  async function search(index: ImageIndex, depth: number): Promise<SelectedManifest | undefined> {
    const child = selectPlatform(
      index.manifests.filter(({ mediaType }) => isManifestType(mediaType)),
      host,
    );
    if (child !== undefined) return await descend(await fetchChild(child), depth);
    if (depth >= MAX_NESTING) return undefined;
    for (const nested of index.manifests.filter(({ mediaType }) => isIndexType(mediaType))) {
      const found = await descend(await fetchChild(nested), depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async function fetchChild(descriptor: Descriptor): Promise<FetchedManifest> {
    const options = { limit: MAX_MANIFEST_BYTES, ...(signal === undefined ? {} : { signal }) };
    return { descriptor, bytes: await fetchBytes(storage, descriptor, options) };
  }
}

/** The platforms that an index offers, for people. */
export function platformsOf(root: FetchedManifest): string[] {
  try {
    const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
    if (manifest.kind === "image") return [];
    return manifest.manifests.flatMap(({ platform }) =>
      platform === undefined || platform.os === "unknown" ? [] : [onOneLine(`${platform.os}/${platform.architecture}`)],
    );
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}
