import { AppError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { type ImageManifest, MAX_MANIFEST_BYTES, parseManifest } from "../oci/manifest.ts";
import { isManifestType, isIndexType } from "../oci/mediaTypes.ts";
import { PUBLISH_AGAIN } from "../oci/parse.ts";
import { type FetchedManifest, fetchBytes, type Storage } from "../oci/storage.ts";

/** A manifest that a release leads to. */
export interface PlatformManifest {
  /** Undefined for a single manifest, which every computer takes. */
  readonly platform: Descriptor["platform"];
  readonly manifest: ImageManifest;
}

// More platforms than there are, and more bytes than all their manifests have: what is not signed is read too.
const MAX_MANIFESTS = 100;
const MAX_BYTES = 4 * MAX_MANIFEST_BYTES;
// An index in an index in an index: no honest one is deeper.
const MAX_NESTING = 3;

/** Every platform's manifest, in the order of the index. @throws AppError `not-found`, `bad-data`. */
export async function readPlatformManifests(
  storage: Storage,
  root: FetchedManifest,
  signal?: AbortSignal,
): Promise<PlatformManifest[]> {
  const options = { limit: MAX_MANIFEST_BYTES, ...(signal === undefined ? {} : { signal }) };
  let count = 0;
  let size = 0;
  return await walk(root, { platform: undefined, depth: 0 });

  async function walk(
    { descriptor, bytes }: FetchedManifest,
    { platform, depth }: { readonly platform: Descriptor["platform"]; readonly depth: number },
  ): Promise<PlatformManifest[]> {
    const manifest = parseManifest(bytes, descriptor.mediaType);
    if (manifest.kind === "image") return [{ platform, manifest }];
    if (depth >= MAX_NESTING) return [];
    const found: PlatformManifest[] = [];
    for (const child of manifest.manifests) {
      const isManifest = isManifestType(child.mediaType) || isIndexType(child.mediaType);
      // Attestations and the like carry unknown/unknown.
      if (!isManifest || child.platform?.os === "unknown") continue;
      count += 1;
      size += child.size;
      if (count > MAX_MANIFESTS || size > MAX_BYTES) throw tooMuch(root.descriptor.digest);
      const fetched = { descriptor: child, bytes: await fetchBytes(storage, child, options) };
      found.push(...(await walk(fetched, { platform: child.platform ?? platform, depth: depth + 1 })));
    }
    return found;
  }
}

function tooMuch(digest: Digest): AppError {
  return new AppError("bad-data", `${digest} leads to more than ${MAX_MANIFESTS} manifests, or ${MAX_BYTES} bytes`, {
    hint: PUBLISH_AGAIN,
  });
}
