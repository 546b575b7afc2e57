import { AppError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, encodedOf } from "../oci/digest.ts";
import { describe } from "../oci/descriptor.ts";
import { encodeManifest, type ImageIndex, MAX_MANIFEST_BYTES, parseManifest } from "../oci/manifest.ts";
import { OCI_INDEX } from "../oci/mediaTypes.ts";
import { contentOf } from "../oci/storage.ts";
import { pullAccess, type RepositoryContext } from "./context.ts";
import { referrersUrl } from "./endpoints.ts";
import { getManifest, putManifest } from "./manifests.ts";
import { nextPage } from "./pagination.ts";
import { errorOf } from "./requester.ts";

const MAX_PAGES = 1000;

/**
 * end-12a, end-12b; the referrers tag where the API is missing (GHCR, Docker Hub). Nothing refers to it: none.
 *
 * @throws AppError `not-found` where the API refuses or is broken, which says nothing of the rest of the registry.
 */
export async function listReferrers(
  context: RepositoryContext,
  subject: Digest,
  { artifactType, signal }: { artifactType?: string; signal?: AbortSignal } = {},
): Promise<Descriptor[]> {
  let url: URL | undefined = referrersUrl(context.origin, context.repository, subject);
  if (artifactType !== undefined) url.searchParams.set("artifactType", artifactType);
  const found: Descriptor[] = [];
  const seen = new Set<string>();
  // Cyclic links: the same page twice is the end.
  while (url !== undefined && !seen.has(url.href) && seen.size < MAX_PAGES) {
    seen.add(url.href);
    const response = await context.requester.send({
      method: "GET",
      url,
      signal,
      access: pullAccess(context),
      whole: MAX_MANIFEST_BYTES,
      headers: { accept: OCI_INDEX },
    });
    if (response.status === 404) {
      await response.discard();
      return filtered((await readTagIndex(context, subject, signal))?.manifests ?? [], artifactType);
    }
    if (response.status !== 200) throw cannotTell(await errorOf("GET", response));
    const index = parseManifest(await response.bytes(MAX_MANIFEST_BYTES), OCI_INDEX);
    found.push(...(index.kind === "index" ? index.manifests : []));
    url = nextPage(response.header("link"), response.url);
  }
  // A server that does not filter says so by leaving out OCI-Filters-Applied: filtering twice does no harm.
  return filtered(found, artifactType);
}

/** Requests that are limited altogether are another matter. */
function cannotTell(cause: AppError): AppError {
  if (cause.code === "temporary") return cause;
  const { hint, remedy } = cause;
  return new AppError("not-found", `nobody tells what refers to it: ${cause.message}`, { hint, remedy, cause });
}

/** distribution-spec "Referrers Tag Schema": for servers without the API the client keeps an index under a tag. */
export async function addReferrer(
  context: RepositoryContext,
  { referrer, bytes, signal }: { referrer: Descriptor; bytes: Uint8Array; signal?: AbortSignal },
): Promise<void> {
  const manifest = parseManifest(bytes, referrer.mediaType);
  const { subject } = manifest;
  if (subject === undefined) return;
  const artifactType = manifest.artifactType ?? (manifest.kind === "image" ? manifest.config.mediaType : undefined);
  const entry: Descriptor = {
    mediaType: referrer.mediaType,
    digest: referrer.digest,
    size: referrer.size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
  };
  const before = (await readTagIndex(context, subject.digest, signal))?.manifests ?? [];
  if (before.some(({ digest }) => digest === entry.digest)) return;
  const index = encodeManifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...before, entry] });
  const options = { tag: referrersTag(subject.digest), ...(signal === undefined ? {} : { signal }) };
  await putManifest(context, describe(OCI_INDEX, index), contentOf(index), options);
}

export function referrersTag(digest: Digest): string {
  return `${algorithmOf(digest).slice(0, 32)}-${encodedOf(digest).slice(0, 64)}`.replace(/[^a-zA-Z0-9._-]/g, "-");
}

async function readTagIndex(
  context: RepositoryContext,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<ImageIndex | undefined> {
  try {
    const { bytes, descriptor } = await getManifest(context, referrersTag(subject), signal);
    const manifest = parseManifest(bytes, descriptor.mediaType);
    return manifest.kind === "index" ? manifest : undefined;
  } catch (error) {
    if (error instanceof AppError && error.code === "not-found") return undefined;
    throw error;
  }
}

function filtered(descriptors: readonly Descriptor[], artifactType: string | undefined): Descriptor[] {
  return descriptors.filter((descriptor) => artifactType === undefined || descriptor.artifactType === artifactType);
}
