import type { Bytes } from "../oci/storage.ts";
import { hasBlob } from "./blobs.ts";
import { pushAccess, type RepositoryContext } from "./context.ts";
import { openPieces } from "./pieces.ts";
import { RegistryError } from "./registryError.ts";
import { errorOf } from "./requester.ts";
import type { HttpResponse } from "./exchange.ts";
import { locationOf, type Upload, type UploadSession, withDigest } from "./uploadSession.ts";

/**
 * end-5, end-13, end-6: sends the content in pieces of this many bytes, each as it is read. A piece that fails is taken
 * up where the server stands.
 *
 * @throws RegistryError `unavailable` when the server lost what it had; the upload is to begin anew.
 */
export async function uploadChunks(context: RepositoryContext, upload: Upload, chunk: number): Promise<void> {
  const { expected, session, signal } = upload;
  await using pieces = openPieces(upload);
  let early = false;
  for (let start = 0, failures = 0; start < expected.size;) {
    const begin = start - (start % chunk);
    const end = Math.min(begin + chunk, expected.size);
    const from = start;
    try {
      const response = await sendPiece(context, upload, { start, end, body: () => pieces.read(from, end) });
      early ||= response.status === 201;
      [start, failures] = [end, 0];
    } catch (error) {
      if (!isWorthAnotherTry(error) || failures + 1 >= context.retries.attempts || signal?.aborted === true)
        throw error;
      await context.retries.pause(failures + 1, { method: "PATCH", url: session.location, signal });
      const response = await whereIs(context, upload);
      const received = receivedBy(response);
      if (received < begin || received > end) throw lost(response, begin);
      // Progress makes up for a failure: a bad line that moves at all comes to its end.
      failures = received > start ? 1 : failures + 1;
      start = received;
    }
  }
  try {
    await close(context, upload);
  } catch (error) {
    // Who says 201 to a chunk may have closed the upload with it, and knows it no more (ECR).
    const refused = error instanceof RegistryError && error.status !== undefined;
    if (!early || !refused || !(await hasBlob(context, expected, signal))) throw error;
  }
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly body: () => Bytes;
}

async function sendPiece(
  context: RepositoryContext,
  { session, signal }: Upload,
  { start, end, body }: Piece,
): Promise<HttpResponse> {
  const response = await context.requester.send({
    method: "PATCH",
    url: session.location,
    access: pushAccess(context),
    headers: {
      "content-type": "application/octet-stream",
      // Inclusive on both ends, and without "bytes ": distribution-spec "Pushing a blob in chunks".
      "content-range": `${start}-${end - 1}`,
    },
    body: { length: end - start, open: body },
    signal,
  });
  // 201 too early is ECR's habit; the closing PUT tells whether all is well.
  if (response.status !== 202 && response.status !== 201 && response.status !== 204)
    throw await errorOf("PATCH", response);
  await response.discard();
  follow(context, session, response);
  return response;
}

/** No answer, trouble that passes, or 416: the server stands elsewhere. Any other refusal stays one. */
function isWorthAnotherTry(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.unreachable || error.retryAfter !== undefined) return false;
  if (error.status === undefined) return error.code === "unavailable";
  return error.status === 416 || error.status === 408 || error.status === 429 || error.status >= 500;
}

/** end-13 */
async function whereIs(context: RepositoryContext, { session, signal }: Upload): Promise<HttpResponse> {
  const wish = { method: "GET", url: session.location, access: pushAccess(context), signal } as const;
  const response = await context.requester.expect(wish, [200, 202, 204]);
  await response.discard();
  follow(context, session, response);
  return response;
}

function follow(context: RepositoryContext, session: UploadSession, response: HttpResponse): void {
  if (response.header("location") !== undefined) session.location = locationOf(context, response);
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
