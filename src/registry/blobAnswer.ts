import { AppError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { sizeMismatch } from "../oci/storage.ts";
import { pullAccess } from "./context.ts";
import { blobUrl } from "./endpoints.ts";
import type { HttpResponse } from "./exchange.ts";
import type { Transfer } from "./ranges/transfer.ts";
import { htmlAnswer, isWebPage, RegistryError } from "./registryError.ts";
import type { RegistryRequest } from "./requester.ts";

/** Always to the address in the registry, because a redirect's signed address expires. */
export function blobRequest({ context, descriptor, signal }: Transfer, range?: string): RegistryRequest {
  return {
    method: "GET",
    url: blobUrl(context.origin, context.repository, descriptor.digest),
    access: pullAccess(context),
    // Another encoding on the way would be other bytes.
    headers: { "accept-encoding": "identity", ...(range === undefined ? {} : { range }) },
    signal,
  };
}

/** Asks for the blob from the position on. */
export async function openAt(transfer: Transfer): Promise<HttpResponse> {
  const { context, position } = transfer;
  return position === 0
    ? await context.requester.expect(blobRequest(transfer), [200])
    : await context.requester.expect(blobRequest(transfer, `bytes=${position}-`), [200, 206, 416]);
}

/** The answer's bytes from the position on; a server that ignores Range (200) sends all, and the first are dropped. */
export async function* bodyFrom(
  response: HttpResponse,
  descriptor: Descriptor,
  position: number,
): AsyncGenerator<Uint8Array, void> {
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

export function cutShort({ url }: HttpResponse, { size }: Descriptor, position: number): RegistryError {
  return new RegistryError("unavailable", `${url.host} sent only ${position} of ${size} bytes`, {
    method: "GET",
    url,
    hint: "Try again.",
  });
}
