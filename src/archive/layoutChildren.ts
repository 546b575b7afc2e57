import { isOfNoUse } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { childrenOf, MAX_MANIFEST_BYTES, parseManifest } from "../oci/manifest.ts";
import { isIndexType, isStoredAsManifest } from "../oci/mediaTypes.ts";
import { fetchBytes, type Storage } from "../oci/storage.ts";

/** Finds a manifest through the indexes: other tools list only what is tagged. */
export async function findChild(
  storage: Storage,
  entries: readonly Descriptor[],
  digest: Digest,
): Promise<Descriptor | undefined> {
  const queued = entries.filter(({ mediaType }) => isIndexType(mediaType));
  const seen = new Set<Digest>();
  for (let entry = queued.shift(); entry !== undefined; entry = queued.shift()) {
    if (seen.has(entry.digest)) continue;
    seen.add(entry.digest);
    const children = await childrenInside(storage, entry);
    const found = children.find((child) => child.digest === digest && isStoredAsManifest(child.mediaType));
    if (found !== undefined) return found;
    queued.push(...children.filter(({ mediaType }) => isIndexType(mediaType)));
  }
  return undefined;
}

/** The entries without those that are listed by one of the others. */
export async function withoutChildren(storage: Storage, entries: readonly Descriptor[]): Promise<Descriptor[]> {
  const children = new Set<Digest>();
  for (const entry of new Map(entries.map((entry) => [entry.digest, entry])).values()) {
    if (!isIndexType(entry.mediaType)) continue;
    for (const { digest } of await childrenInside(storage, entry)) children.add(digest);
  }
  return entries.filter(({ digest }) => !children.has(digest));
}

async function childrenInside(storage: Storage, entry: Descriptor): Promise<Descriptor[]> {
  try {
    return childrenOf(parseManifest(await fetchBytes(storage, entry, { limit: MAX_MANIFEST_BYTES }), entry.mediaType));
  } catch (error) {
    // An index that is missing or damaged is its own readers' trouble, not that of all others in the layout.
    if (isOfNoUse(error)) return [];
    throw error;
  }
}
