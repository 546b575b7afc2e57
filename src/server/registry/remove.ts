import type { Digest } from "../../oci/digest.ts";
import { type Answer, SpecError } from "./answer.ts";
import type { RegistryRepository } from "./storage.ts";

/** end-9. A tag goes alone; a digest takes the manifest and its tags away. */
export async function deleteManifest(repository: RegistryRepository, reference: string): Promise<Answer> {
  const removed = reference.includes(":")
    ? await repository.removeManifest(reference as Digest)
    : await repository.untag(reference);
  return gone(removed, "MANIFEST_UNKNOWN");
}

/** end-10. A manifest lies among the blobs, but only its own endpoint takes its tags away with it. */
export async function deleteBlob(repository: RegistryRepository, digest: Digest): Promise<Answer> {
  if ((await repository.manifests()).some((entry) => entry.digest === digest)) {
    throw new SpecError(405, "UNSUPPORTED", `${digest} is a manifest: delete it at /manifests/`, {
      allow: "GET, HEAD",
    });
  }
  return gone(await repository.removeBlob(digest), "BLOB_UNKNOWN");
}

function gone(removed: boolean, code: "MANIFEST_UNKNOWN" | "BLOB_UNKNOWN"): Answer {
  if (!removed) throw new SpecError(404, code, "there is none");
  return { status: 202, headers: { "content-length": "0" } };
}
