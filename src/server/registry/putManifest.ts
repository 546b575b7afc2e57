import type { IncomingMessage } from "node:http";
import { AppError } from "../../errors.ts";
import { algorithmOf, digestOf } from "../../oci/digest.ts";
import { childrenOf, MAX_MANIFEST_BYTES, parseManifest } from "../../oci/manifest.ts";
import { isStoredAsManifest } from "../../oci/mediaTypes.ts";
import { type Bytes, contentOf } from "../../oci/storage.ts";
import { type Answer, SpecError } from "./answer.ts";
import { checkDigest, checkTag } from "./route.ts";
import type { RegistryRepository } from "./storage.ts";
import type { PushContext } from "./uploads.ts";

/** end-7 */
export async function putManifest({ storage, name, request, query }: PushContext, reference: string): Promise<Answer> {
  const bytes = await readAll(request);
  const mediaType = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim() ?? "";
  if (!isStoredAsManifest(mediaType))
    throw new SpecError(400, "MANIFEST_INVALID", `not a manifest's media type: ${JSON.stringify(mediaType)}`);
  const byDigest = reference.includes(":") ? checkDigest(reference) : undefined;
  const digest = digestOf(bytes, byDigest !== undefined && algorithmOf(byDigest) === "sha512" ? "sha512" : "sha256");
  if (byDigest !== undefined && byDigest !== digest)
    throw new SpecError(400, "DIGEST_INVALID", `expected ${byDigest}, got ${digest}`);
  const extraTags = query.getAll("tag").map(checkTag);
  const subject = await checkManifest(await storage.find(name), bytes, mediaType);
  const repository = await storage.open(name);
  const tags = [...(byDigest === undefined ? [reference] : []), ...extraTags];
  const descriptor = { mediaType, digest, size: bytes.byteLength };
  await repository.push(descriptor, contentOf(bytes), tags[0] === undefined ? {} : { tag: tags[0] });
  for (const tag of tags.slice(1)) await repository.tag(descriptor, tag);
  return {
    status: 201,
    headers: {
      location: `/v2/${name}/manifests/${digest}`,
      "docker-content-digest": digest,
      "content-length": "0",
      ...(subject === undefined ? {} : { "oci-subject": subject }),
      // distribution-spec main, "Pushing Manifests": names the tags of the query that were made.
      ...(extraTags.length === 0 ? {} : { "oci-tag": extraTags.join(", ") }),
    },
  };
}

/** Everything that it refers to must be there, so that no client ever finds half a release; a subject may be missing. */
async function checkManifest(
  repository: RegistryRepository | undefined,
  bytes: Uint8Array,
  mediaType: string,
): Promise<string | undefined> {
  try {
    const manifest = parseManifest(bytes, mediaType);
    for (const child of childrenOf(manifest)) {
      if (child.urls !== undefined && child.urls.length > 0) continue;
      if ((await repository?.blobSize(child.digest)) === undefined) {
        throw new SpecError(
          404,
          "MANIFEST_BLOB_UNKNOWN",
          `the manifest refers to ${child.digest}, which was not pushed`,
        );
      }
    }
    return manifest.subject?.digest;
  } catch (error) {
    if (error instanceof AppError) throw new SpecError(400, "MANIFEST_INVALID", error.message);
    throw error;
  }
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as Bytes) {
    size += chunk.byteLength;
    if (size > MAX_MANIFEST_BYTES)
      throw new SpecError(413, "SIZE_INVALID", `a manifest may have ${MAX_MANIFEST_BYTES} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
