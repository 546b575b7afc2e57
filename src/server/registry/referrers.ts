import { isOfNoUse } from "../../errors.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Manifest, MAX_MANIFEST_BYTES, parseManifest } from "../../oci/manifest.ts";
import { OCI_INDEX } from "../../oci/mediaTypes.ts";
import { fetchBytes } from "../../oci/storage.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import type { RegistryRepository } from "./storage.ts";

// Most manifests refer to nothing, and a digest's bytes never change: those are read once, not for every question.
const withoutSubject = new WeakMap<RegistryRepository, Set<Digest>>();

/** end-12a, end-12b. Of a repository that is not there the list is empty. */
export async function listReferrers(
  repository: RegistryRepository | undefined,
  subject: Digest,
  query: URLSearchParams,
): Promise<Answer> {
  const artifactType = query.get("artifactType");
  const found = repository === undefined ? [] : await findReferrers(repository, subject);
  const manifests = artifactType === null ? found : found.filter((referrer) => referrer.artifactType === artifactType);
  const filters = artifactType === null ? {} : { "oci-filters-applied": "artifactType" };
  return jsonAnswer({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, { "content-type": OCI_INDEX, ...filters });
}

async function findReferrers(repository: RegistryRepository, subject: Digest): Promise<Descriptor[]> {
  const known = withoutSubject.get(repository) ?? new Set();
  withoutSubject.set(repository, known);
  const seen = new Set<Digest>();
  const referrers: Descriptor[] = [];
  for (const descriptor of await repository.manifests()) {
    const { mediaType, digest, size } = descriptor;
    // A manifest with several tags is listed several times.
    if (known.has(digest) || seen.has(digest)) continue;
    seen.add(digest);
    const manifest = await readManifest(repository, descriptor);
    if (manifest === undefined) continue;
    if (manifest.subject === undefined) known.add(digest);
    if (manifest.subject?.digest !== subject) continue;
    // distribution-spec "Listing Referrers": a manifest without an artifactType is of its config's type.
    const type = manifest.artifactType ?? (manifest.kind === "image" ? manifest.config.mediaType : undefined);
    referrers.push({
      mediaType,
      digest,
      size,
      ...(type === undefined ? {} : { artifactType: type }),
      ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
    });
  }
  return referrers;
}

async function readManifest(repository: RegistryRepository, descriptor: Descriptor): Promise<Manifest | undefined> {
  try {
    const bytes = await fetchBytes(repository, descriptor, { limit: MAX_MANIFEST_BYTES });
    return parseManifest(bytes, descriptor.mediaType);
  } catch (error) {
    // Damaged or missing, which is its own readers' trouble; or schema 1, which has no subject.
    if (isOfNoUse(error)) return undefined;
    throw error;
  }
}
