import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf } from "../oci/digest.ts";
import { type Bytes, type Content, type PushOptions, verifyBytes } from "../oci/storage.ts";
import { hasBlob } from "./blobs.ts";
import { pushAccess, type RepositoryContext } from "./context.ts";
import { uploadUrl } from "./endpoints.ts";
import { RegistryError } from "./registryError.ts";
import { errorOf } from "./requester.ts";
import type { HttpResponse } from "./transport.ts";

/** Blobs above this many bytes travel in chunks, so that a broken connection costs one chunk. */
export const CHUNK_BYTES = 64 * 1024 * 1024;

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
  const { signal, mountFrom } = options;
  if (await hasBlob(context, expected, signal)) return;
  const mount = mountFrom !== undefined && mountFrom !== context.repository.name;
  let session = await startUpload(
    context,
    mount ? { mount: expected.digest, from: mountFrom } : uploadQuery(expected),
    options,
  );
  // 201: mounted. 202: the server would rather have the bytes.
  if (session.status === 201) return;
  const chunk = Math.max(options.chunkBytes ?? CHUNK_BYTES, Number(session.header("oci-chunk-min-length") ?? 0));
  for (let attempt = 1; ; attempt += 1) {
    const location = locationOf(session);
    try {
      if (expected.size > chunk) await uploadChunks(context, { expected, content, location, chunk, signal });
      else await uploadWhole(context, { expected, content, location, signal });
      return;
    } catch (error) {
      await cancel(context, location);
      const again = error instanceof RegistryError && (error.code === "unavailable" || error.code === "temporary");
      if (!again || attempt >= context.retries.attempts || signal?.aborted === true) throw error;
      await context.retries.pause(attempt, signal);
      session = await startUpload(context, uploadQuery(expected), signal === undefined ? {} : { signal });
    }
  }
}

interface Upload {
  readonly expected: Descriptor;
  readonly content: Content;
  readonly location: URL;
  readonly signal: AbortSignal | undefined;
}

async function startUpload(
  context: RepositoryContext,
  query: Readonly<Record<string, string>>,
  { signal, mountFrom }: PushOptions,
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
    [201, 202],
  );
  await response.discard();
  return response;
}

function uploadQuery({ digest }: Descriptor): Record<string, string> {
  const algorithm = algorithmOf(digest);
  return algorithm === "sha256" ? {} : { "digest-algorithm": algorithm };
}

/** Wrong content is noticed before its last byte is sent: the request breaks off and nothing is stored. */
async function uploadWhole(context: RepositoryContext, { expected, content, location, signal }: Upload): Promise<void> {
  const response = await context.requester.expect(
    {
      method: "PUT",
      url: withDigest(location, expected),
      access: pushAccess(context),
      headers: { "content-type": "application/octet-stream", "content-length": String(expected.size) },
      body: () => verifyBytes(content(0), expected),
      signal,
      retry: false,
    },
    [201, 204],
  );
  await response.discard();
}

async function uploadChunks(context: RepositoryContext, upload: Upload & { chunk: number }): Promise<void> {
  const { expected, content, chunk, signal } = upload;
  let { location } = upload;
  let position = 0;
  let failures = 0;
  let pieces = pieced(verifyBytes(content(0), expected), chunk);
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) break;
    try {
      const response = await patch(context, { location, start: position, body: next.value, signal });
      position += next.value.byteLength;
      failures = 0;
      location = response.header("location") === undefined ? location : locationOf(response);
    } catch (error) {
      failures += 1;
      if (!(error instanceof RegistryError) || failures >= context.retries.attempts || signal?.aborted === true)
        throw error;
      await context.retries.pause(failures, signal);
      // end-13: where does the server stand?
      [position, location] = await whereIs(context, location, signal);
      await pieces.return(undefined);
      pieces = pieced(content(position), chunk);
    }
  }
  const response = await context.requester.expect(
    {
      method: "PUT",
      url: withDigest(location, expected),
      access: pushAccess(context),
      headers: { "content-length": "0" },
      signal,
      retry: false,
    },
    [201, 204],
  );
  await response.discard();
}

async function patch(
  context: RepositoryContext,
  {
    location,
    start,
    body,
    signal,
  }: { location: URL; start: number; body: Uint8Array; signal: AbortSignal | undefined },
): Promise<HttpResponse> {
  const response = await context.requester.send({
    method: "PATCH",
    url: location,
    access: pushAccess(context),
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(body.byteLength),
      // Inclusive on both ends, and without "bytes ": distribution-spec "Pushing a blob in chunks".
      "content-range": `${start}-${start + body.byteLength - 1}`,
    },
    body,
    signal,
  });
  // 201 too early is ECR's habit; the closing PUT tells whether all is well.
  if (response.status !== 202 && response.status !== 201 && response.status !== 204)
    throw await errorOf("PATCH", response);
  await response.discard();
  return response;
}

async function whereIs(
  context: RepositoryContext,
  location: URL,
  signal: AbortSignal | undefined,
): Promise<[number, URL]> {
  const response = await context.requester.expect(
    { method: "GET", url: location, access: pushAccess(context), signal },
    [200, 204],
  );
  await response.discard();
  const range = /^(?:bytes=)?0-(\d+)$/.exec(response.header("range") ?? "");
  const next = response.header("location") === undefined ? location : locationOf(response);
  return [range === null ? 0 : Number(range[1]) + 1, next];
}

async function cancel(context: RepositoryContext, location: URL): Promise<void> {
  // A courtesy: servers clean up abandoned uploads by themselves.
  await context.requester
    .send({ method: "DELETE", url: location, access: pushAccess(context), retry: false })
    .then(async (response) => await response.discard())
    .catch(() => undefined);
}

/** Absolute or relative, with the query that the server put there; always on the server that we push to. */
function locationOf(response: HttpResponse): URL {
  const text = response.header("location");
  const url = text === undefined ? undefined : new URL(text, response.url);
  if (url === undefined || (url.protocol !== response.url.protocol && response.url.protocol === "https:")) {
    throw new RegistryError("bad-data", `${response.url.host} does not say where to upload to`, {
      method: "POST",
      url: response.url,
      status: response.status,
    });
  }
  return url;
}

function withDigest(location: URL, { digest }: Descriptor): URL {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  return url;
}

/** The bytes in pieces of one length, but for the last. */
async function* pieced(bytes: Bytes, length: number): AsyncGenerator<Uint8Array, undefined> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (let chunk of bytes) {
    while (size + chunk.byteLength >= length) {
      const head = chunk.subarray(0, length - size);
      chunk = chunk.subarray(length - size);
      yield Buffer.concat([...waiting, head]);
      [waiting, size] = [[], 0];
    }
    if (chunk.byteLength > 0) waiting.push(chunk);
    size += chunk.byteLength;
  }
  if (size > 0) yield Buffer.concat(waiting);
  return undefined;
}
