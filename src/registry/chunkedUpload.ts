import { type Bytes, verifyBytes } from "../oci/storage.ts";
import { hasBlob } from "./blobs.ts";
import { pushAccess, type RepositoryContext } from "./context.ts";
import { RegistryError } from "./registryError.ts";
import { errorOf } from "./requester.ts";
import type { HttpResponse } from "./http.ts";
import { locationOf, type Upload, withDigest } from "./uploadSession.ts";

/**
 * end-5, end-13, end-6: sends the content in pieces of this many bytes. A piece that fails is taken up where the server
 * stands, from memory: the content is read once, so all that is sent is covered by the one hash.
 *
 * @throws RegistryError `unavailable` when the server lost what it had; the upload is to begin anew.
 */
export async function uploadChunks(context: RepositoryContext, upload: Upload, chunk: number): Promise<void> {
  let start = 0;
  let early = false;
  for await (const piece of pieced(verifyBytes(upload.content(0), upload.expected), chunk)) {
    const status = await sendPiece(context, upload, { start, piece });
    early ||= status === 201;
    start += piece.byteLength;
  }
  try {
    await close(context, upload);
  } catch (error) {
    // Who says 201 to a chunk may have closed the upload with it, and knows it no more (ECR).
    const refused = error instanceof RegistryError && error.status !== undefined;
    if (!early || !refused || !(await hasBlob(context, upload.expected, upload.signal))) throw error;
  }
}

/** @returns the status of the last answer. */
async function sendPiece(
  context: RepositoryContext,
  { session, signal }: Upload,
  { start, piece }: { readonly start: number; readonly piece: Uint8Array },
): Promise<number> {
  let sent = 0;
  let status = 202;
  for (let failures = 0; sent < piece.byteLength;) {
    try {
      const response = await patch(context, session.location, {
        start: start + sent,
        body: piece.subarray(sent),
        signal,
      });
      if (response.header("location") !== undefined) session.location = locationOf(context, response);
      status = response.status;
      sent = piece.byteLength;
    } catch (error) {
      if (!isWorthAnotherTry(error) || failures + 1 >= context.retries.attempts || signal?.aborted === true)
        throw error;
      await context.retries.pause(failures + 1, { method: "PATCH", url: session.location, signal });
      const response = await whereIs(context, session.location, signal);
      if (response.header("location") !== undefined) session.location = locationOf(context, response);
      const received = receivedBy(response) - start;
      if (received < 0 || received > piece.byteLength) throw lost(response, start);
      // Progress makes up for a failure: a bad line that moves at all comes to its end.
      failures = received > sent ? 1 : failures + 1;
      sent = received;
    }
  }
  return status;
}

async function patch(
  context: RepositoryContext,
  url: URL,
  {
    start,
    body,
    signal,
  }: { readonly start: number; readonly body: Uint8Array; readonly signal: AbortSignal | undefined },
): Promise<HttpResponse> {
  const response = await context.requester.send({
    method: "PATCH",
    url,
    access: pushAccess(context),
    headers: {
      "content-type": "application/octet-stream",
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

/** No answer, trouble that passes, or 416: the server stands elsewhere. Any other refusal stays one. */
function isWorthAnotherTry(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.unreachable || error.retryAfter !== undefined) return false;
  if (error.status === undefined) return error.code === "unavailable";
  return error.status === 416 || error.status === 408 || error.status === 429 || error.status >= 500;
}

/** end-13 */
async function whereIs(context: RepositoryContext, url: URL, signal: AbortSignal | undefined): Promise<HttpResponse> {
  const wish = { method: "GET", url, access: pushAccess(context), signal } as const;
  const response = await context.requester.expect(wish, [200, 202, 204]);
  await response.discard();
  return response;
}

/** How many bytes the server has. Without a Range it has none; some say 0-0 for none, and for one. */
function receivedBy(response: HttpResponse): number {
  const [, last = "0"] = /^(?:bytes=)?0-(\d+)$/.exec(response.header("range") ?? "") ?? [];
  return last === "0" ? 0 : Number(last) + 1;
}

async function close(context: RepositoryContext, { session, expected, signal }: Upload): Promise<void> {
  const response = await context.requester.expect(
    {
      method: "PUT",
      url: withDigest(session.location, expected),
      access: pushAccess(context),
      headers: { "content-length": "0" },
      signal,
      retry: false,
    },
    [201, 204],
  );
  await response.discard();
}

function lost({ url, status }: HttpResponse, start: number): RegistryError {
  return new RegistryError("unavailable", `${url.host} no longer has the ${start} bytes that it had received`, {
    method: "GET",
    url,
    status,
    hint: "Try again.",
  });
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
