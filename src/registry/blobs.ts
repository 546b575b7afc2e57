import { AppError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { type Bytes, type FetchOptions, sizeMismatch } from "../oci/storage.ts";
import { pullAccess, type RepositoryContext } from "./context.ts";
import { blobUrl } from "./endpoints.ts";
import { htmlAnswer, isWebPage, RegistryError, TELL_REGISTRY } from "./registryError.ts";
import { errorOf } from "./requester.ts";
import type { HttpResponse } from "./exchange.ts";

/**
 * end-2: streams a blob from an offset and goes on by Range when the connection dies on the way, always from the
 * address in the registry, because a redirect's signed address expires. Never yields more than the descriptor's size;
 * the digest is the caller's to check.
 */
export async function* getBlob(context: RepositoryContext, descriptor: Descriptor, options: FetchOptions = {}): Bytes {
  const { signal } = options;
  let position = options.offset ?? 0;
  if (position > 0 && position >= descriptor.size) return;
  for (let failures = 0; ;) {
    const before = position;
    let response: HttpResponse | undefined;
    try {
      response = await openAt(context, descriptor, { position, signal });
      for await (const chunk of bodyFrom(response, descriptor, position)) {
        position += chunk.byteLength;
        if (position > descriptor.size) throw sizeMismatch(descriptor, `at least ${position}`);
        yield chunk;
      }
      if (position === descriptor.size) return;
      throw cutShort(response, descriptor, position);
    } catch (error) {
      // Progress makes up for a failure: a bad line that moves at all comes to its end.
      failures = position > before ? 1 : failures + 1;
      if (!isWorthAnother(error, response) || failures >= context.retries.attempts || signal?.aborted === true)
        throw error;
      const url = blobUrl(context.origin, context.repository, descriptor.digest);
      await context.retries.pause(failures, { method: "GET", url, signal });
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

async function openAt(
  context: RepositoryContext,
  descriptor: Descriptor,
  { position, signal }: { position: number; signal: AbortSignal | undefined },
): Promise<HttpResponse> {
  const range = position === 0 ? {} : { range: `bytes=${position}-` };
  return await context.requester.expect(
    {
      method: "GET",
      url: blobUrl(context.origin, context.repository, descriptor.digest),
      access: pullAccess(context),
      // Another encoding on the way would be other bytes.
      headers: { "accept-encoding": "identity", ...range },
      signal,
    },
    position === 0 ? [200] : [200, 206, 416],
  );
}

/** The answer's bytes from the position on; a server that ignores Range (200) sends all, and the first are dropped. */
async function* bodyFrom(response: HttpResponse, descriptor: Descriptor, position: number): Bytes {
  if (response.status === 416) {
    await response.discard();
    // RFC 9110 section 15.5.17: the server's blob ends before the position.
    throw sizeMismatch(descriptor, `at most ${position}`);
  }
  if (response.status === 206) {
    const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.header("content-range") ?? "");
    if (range === null || Number(range[1]) !== position) {
      throw new AppError(
        "bad-data",
        `${response.url.host} sent another part of ${descriptor.digest} than was asked for`,
        {
          hint: "Tell whoever runs the registry.",
        },
      );
    }
    const [, , , total = "*"] = range;
    if (total !== "*" && Number(total) !== descriptor.size) throw sizeMismatch(descriptor, total);
    yield* response.body;
    return;
  }
  const length = response.header("content-length");
  const fits = length !== undefined && Number(length) === descriptor.size;
  if (!fits && descriptor.mediaType !== "text/html" && isWebPage(response.header("content-type"))) {
    await response.discard();
    throw htmlAnswer(response.url);
  }
  if (length !== undefined && !fits) {
    await response.discard();
    throw sizeMismatch(descriptor, length);
  }
  let skip = position;
  for await (const chunk of response.body) {
    const rest = chunk.subarray(Math.min(skip, chunk.byteLength));
    skip -= chunk.byteLength - rest.byteLength;
    if (rest.byteLength > 0) yield rest;
  }
}

function cutShort({ url }: HttpResponse, { size }: Descriptor, position: number): RegistryError {
  return new RegistryError("unavailable", `${url.host} sent only ${position} of ${size} bytes`, {
    method: "GET",
    url,
    hint: "Try again.",
  });
}
