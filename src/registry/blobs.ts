import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Bytes, FetchOptions } from "../oci/storage.ts";
import { cutShort, openAt } from "./blobAnswer.ts";
import { pullAccess, type RepositoryContext } from "./context.ts";
import { blobUrl } from "./endpoints.ts";
import { readBlob } from "./ranges/readBlob.ts";
import type { Transfer } from "./ranges/transfer.ts";
import { RegistryError, TELL_REGISTRY } from "./registryError.ts";
import { errorOf } from "./requester.ts";
import type { HttpResponse } from "./exchange.ts";

// A line that breaks now and then is not one that takes no more connections.
const SPLITS = 3;
// A server that was asked too often is left alone so long at most.
const PATIENCE_MS = 60_000;
const UNASKED_WAIT_MS = 10_000;

/**
 * end-2: streams a blob from an offset and goes on by Range when the connection dies on the way, and over several
 * connections where one is slow. Never yields more than the descriptor's size; the digest is the caller's to check.
 */
export async function* getBlob(context: RepositoryContext, descriptor: Descriptor, options: FetchOptions = {}): Bytes {
  const { offset = 0, signal } = options;
  if (offset > 0 && offset >= descriptor.size) return;
  // What was put together from parts, and is wanted anew, has turned out to be wrong: this time it comes in one.
  const splits = offset === 0 && context.pieced.has(descriptor.digest) ? 0 : SPLITS;
  const leave = context.lanes.enter(context.origin.host);
  try {
    yield* persist({ context, descriptor, signal, position: offset, splits, limited: false });
  } finally {
    leave();
  }
}

async function* persist(transfer: Transfer): Bytes {
  const { context, descriptor, signal } = transfer;
  for (let failures = 0; ;) {
    const before = transfer.position;
    let response: HttpResponse | undefined;
    try {
      response = await openAt(transfer);
      const ending = yield* readBlob(transfer, response);
      if (transfer.position === descriptor.size) return;
      if (ending === "reopen") continue;
      throw cutShort(response, descriptor, transfer.position);
    } catch (error) {
      const url = blobUrl(context.origin, context.repository, descriptor.digest);
      const request = { method: "GET", url, signal } as const;
      const wait = waitFor(transfer, error);
      if (wait !== undefined) {
        await context.retries.rest(wait, request);
        continue;
      }
      // Progress makes up for a failure: a bad line that moves at all comes to its end.
      failures = transfer.position > before ? 1 : failures + 1;
      if (!isWorthAnother(error, response) || failures >= context.retries.attempts || signal?.aborted === true)
        throw error;
      await context.retries.pause(failures, request);
    }
  }
}

export async function hasBlob(
  context: RepositoryContext,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<boolean> {
  const url = blobUrl(context.origin, context.repository, descriptor.digest);
  const response = await context.requester.send({ method: "HEAD", url, signal, access: pullAccess(context) });
  await response.discard();
  if (response.status === 200) return true;
  if (response.status === 404) return false;
  throw await errorOf("HEAD", response);
}

/** The size of a blob of which only the digest is known. @throws RegistryError `not-found`. */
export async function sizeOfBlob(context: RepositoryContext, digest: Digest, signal?: AbortSignal): Promise<number> {
  const url = blobUrl(context.origin, context.repository, digest);
  const response = await context.requester.send({ method: "HEAD", url, signal, access: pullAccess(context) });
  await response.discard();
  // A HEAD has no body, and so no words of the server's.
  if (response.status !== 200) throw await errorOf("HEAD", response);
  const size = Number(response.header("content-length") ?? Number.NaN);
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw new RegistryError("bad-data", `${response.url.host} does not say how large ${digest} is`, {
    method: "HEAD",
    url: response.url,
    status: response.status,
    hint: TELL_REGISTRY,
  });
}

/** A request without an answer was tried often enough where it was sent, except where nobody seemed to be there. */
function isWorthAnother(error: unknown, response: HttpResponse | undefined): boolean {
  if (!(error instanceof RegistryError) || error.code !== "unavailable" || error.status !== undefined) return false;
  return response !== undefined || error.unreachable;
}

/** Milliseconds for which a server is left alone, once, after it was asked for more parts than it likes. */
function waitFor(transfer: Transfer, error: unknown): number | undefined {
  if (!transfer.limited || !(error instanceof RegistryError)) return undefined;
  const { status, retryAfter = UNASKED_WAIT_MS } = error;
  if ((status !== 429 && status !== 503) || retryAfter > PATIENCE_MS) return undefined;
  transfer.limited = false;
  return retryAfter;
}
