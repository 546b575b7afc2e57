import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf } from "../oci/digest.ts";
import { type Content, type PushOptions, verifyBytes } from "../oci/storage.ts";
import { hasBlob } from "./blobs.ts";
import { uploadChunks } from "./chunkedUpload.ts";
import { pushAccess, type RepositoryContext } from "./context.ts";
import { uploadUrl } from "./endpoints.ts";
import { RegistryError } from "./registryError.ts";
import type { HttpResponse } from "./exchange.ts";
import { locationOf, type Upload, withDigest } from "./uploadSession.ts";

/**
 * Blobs above this many bytes travel in chunks, so that a broken connection costs one chunk. Below 100 MB, which is the
 * largest body that many proxies let through.
 */
export const CHUNK_BYTES = 90 * 1024 * 1024;
// Tidying up must not keep a caller waiting whose deadline has passed.
const CANCEL_MS = 1000;

export interface UploadOptions extends PushOptions {
  /** Bytes; {@link CHUNK_BYTES} unless given. A server that wants larger chunks gets them. */
  readonly chunkBytes?: number;
}

/** Pushes a blob unless it is there: by mount (end-11), in one piece (end-4a, end-6), or in chunks (end-5). */
export async function putBlob(
  context: RepositoryContext,
  expected: Descriptor,
  content: Content,
  options: UploadOptions,
): Promise<void> {
  const { signal } = options;
  if (options.absent !== true && (await hasBlob(context, expected, signal))) return;
  let started = await mountOrStart(context, expected, options);
  // 201: mounted. 202: the server would rather have the bytes.
  if (started.status === 201) return;
  const chunk = Math.max(options.chunkBytes ?? CHUNK_BYTES, Number(started.header("oci-chunk-min-length") ?? 0));
  for (let attempt = 1; ; attempt += 1) {
    const upload: Upload = { expected, content, session: { location: locationOf(context, started) }, signal };
    try {
      if (expected.size > chunk) await uploadChunks(context, upload, chunk);
      else await uploadWhole(context, upload);
      return;
    } catch (error) {
      await cancel(context, upload, error);
      if (!isWorthAnotherSession(error) || attempt >= context.retries.attempts || signal?.aborted === true) throw error;
      await context.retries.pause(attempt, { method: "PUT", url: upload.session.location, signal });
      started = await startUpload(context, uploadQuery(expected), { signal });
    }
  }
}

async function mountOrStart(
  context: RepositoryContext,
  expected: Descriptor,
  { signal, mountFrom }: PushOptions,
): Promise<HttpResponse> {
  const query = uploadQuery(expected);
  if (mountFrom === undefined || mountFrom === context.repository.name)
    return await startUpload(context, query, { signal });
  try {
    return await startUpload(context, { ...query, mount: expected.digest, from: mountFrom }, { signal, mountFrom });
  } catch (error) {
    // Mounting only saves time: who may not read the other repository uploads instead (ggcr#1404).
    const refused = error instanceof RegistryError && error.status !== undefined && error.status < 500;
    if (!refused || error.status === 429) throw error;
    return await startUpload(context, query, { signal });
  }
}

async function startUpload(
  context: RepositoryContext,
  query: Readonly<Record<string, string>>,
  { signal, mountFrom }: { readonly signal?: AbortSignal | undefined; readonly mountFrom?: string },
): Promise<HttpResponse> {
  const response = await context.requester.expect(
    {
      method: "POST",
      url: uploadUrl(context.origin, context.repository, query),
      access: pushAccess(context, mountFrom),
      headers: { "content-length": "0" },
      signal,
      // An upload session that nobody uses costs the server nothing for long.
      retry: true,
    },
    mountFrom === undefined ? [202] : [201, 202],
  );
  await response.discard();
  return response;
}

function uploadQuery({ digest }: Descriptor): Record<string, string> {
  const algorithm = algorithmOf(digest);
  return algorithm === "sha256" ? {} : { "digest-algorithm": algorithm };
}

/** Wrong content is noticed before its last byte is sent: the request breaks off and nothing is stored. */
async function uploadWhole(context: RepositoryContext, { expected, content, session, signal }: Upload): Promise<void> {
  const response = await context.requester.expect(
    {
      method: "PUT",
      url: withDigest(session.location, expected),
      access: pushAccess(context),
      headers: { "content-type": "application/octet-stream" },
      body: { length: expected.size, open: () => verifyBytes(content(0), expected) },
      signal,
      retry: false,
    },
    [201, 204],
  );
  await response.discard();
}

/** A server that forgot the session answers 404; one that names a time to come back is left alone until then. */
function isWorthAnotherSession(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.unreachable || error.retryAfter !== undefined) return false;
  return error.code === "unavailable" || error.code === "temporary" || error.status === 404;
}

/** A courtesy: servers clean up abandoned uploads by themselves. */
async function cancel(context: RepositoryContext, { session }: Upload, reason: unknown): Promise<void> {
  if (reason instanceof RegistryError && reason.unreachable) return;
  await context.requester
    .send({
      method: "DELETE",
      url: session.location,
      access: pushAccess(context),
      retry: false,
      signal: AbortSignal.timeout(CANCEL_MS),
    })
    .then(async (response) => await response.discard())
    .catch(() => undefined);
}
