import { AppError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Repository } from "../oci/reference.ts";
import { type Authorizer, openAuthorizer } from "./auth.ts";
import { parseChallenges } from "./challenge.ts";
import type { RegistryOptions } from "./client.ts";
import { blobUrl, originOf } from "./endpoints.ts";
import type { HttpResponse } from "./exchange.ts";
import { RegistryError, TELL_REGISTRY } from "./registryError.ts";
import { errorOf, openRequester, type RegistryRequest } from "./requester.ts";
import { openTransport } from "./transport.ts";

/** What a stranger meets at a blob's address. */
export type LinkAnswer =
  /** Anybody gets the file by its plain address; `storage` is the host that it comes from when that is another. */
  | { readonly kind: "open"; readonly storage: string | undefined }
  /** Anybody gets the file, but only with a token, which a browser does not ask for. */
  | { readonly kind: "token"; readonly tokenUrl: URL }
  /** Nobody gets it without a login, or it is not there: many registries do not tell strangers which. */
  | { readonly kind: "refused"; readonly error: RegistryError }
  /** There was no useful answer. */
  | { readonly kind: "failed"; readonly error: AppError };

/** What a stranger got who asked for a part of a blob, as whoever goes on with a download does. */
export type PartAnswer =
  /** The part, or what the server says is it; `size` of the whole blob, where it is told. */
  | {
      readonly kind: "part";
      readonly bytes: Uint8Array;
      readonly size: number | undefined;
      /** The host that it comes from, when that is another. */
      readonly storage: string | undefined;
    }
  /** The server does not give parts: who was interrupted begins again. */
  | { readonly kind: "whole"; readonly size: number | undefined; readonly storage: string | undefined }
  | { readonly kind: "failed"; readonly error: AppError };

export interface LinkProbe extends AsyncDisposable {
  /** The address under which the registry has the blob (end-2). */
  urlOf(repository: Repository, digest: Digest): URL;
  /** Asks for the first byte as a browser would, and when that is refused as a client without a login would. */
  ask(repository: Repository, digest: Digest): Promise<LinkAnswer>;
  /** Asks for these bytes, the last included, as a client without a login. */
  part(repository: Repository, digest: Digest, range: { first: number; last: number }): Promise<PartAnswer>;
}

const NO_ANSWERS: Authorizer = {
  modes: [],
  cached: () => undefined,
  recall: async () => undefined,
  remember: () => undefined,
  obtain: async () => undefined,
};

/** Opens the network as somebody who has no login here. */
export function openLinkProbe(options: RegistryOptions): LinkProbe {
  const transport = openTransport(options);
  const strangers = openAuthorizer({ transport, now: options.now ?? Date.now, onWarning: () => undefined });
  const browser = openRequester(transport, NO_ANSWERS);
  const client = openRequester(transport, strangers);
  const originFor = ({ host }: Repository) => originOf(host, options.plainHttp ?? (() => false));

  return {
    urlOf: (repository, digest) => blobUrl(originFor(repository), repository, digest),

    async ask(repository, digest) {
      const request: RegistryRequest = {
        method: "GET",
        url: blobUrl(originFor(repository), repository, digest),
        access: { name: repository.name, actions: "pull" },
        headers: { range: "bytes=0-0", "accept-encoding": "identity" },
      };
      try {
        const plain = await browser.send(request);
        await plain.discard();
        if (isServed(plain.status))
          return { kind: "open", storage: plain.url.host === request.url.host ? undefined : plain.url.host };
        const tokenUrl = tokenUrlOf(plain.header("www-authenticate"), repository);
        const answer = await client.send(request);
        if (!isServed(answer.status)) return { kind: "refused", error: await errorOf("GET", answer) };
        await answer.discard();
        return tokenUrl === undefined ? { kind: "open", storage: undefined } : { kind: "token", tokenUrl };
      } catch (error) {
        if (error instanceof AppError) return { kind: "failed", error };
        throw error;
      }
    },

    async part(repository, digest, { first, last }) {
      const url = blobUrl(originFor(repository), repository, digest);
      try {
        const response = await client.send({
          method: "GET",
          url,
          access: { name: repository.name, actions: "pull" },
          headers: { range: `bytes=${first}-${last}`, "accept-encoding": "identity" },
        });
        return await readPart(response, { url, first, last });
      } catch (error) {
        if (error instanceof AppError) return { kind: "failed", error };
        throw error;
      }
    },

    [Symbol.asyncDispose]: async () => await transport[Symbol.asyncDispose](),
  };
}

async function readPart(
  response: HttpResponse,
  { url, first, last }: { readonly url: URL; readonly first: number; readonly last: number },
): Promise<PartAnswer> {
  const storage = response.url.host === url.host ? undefined : response.url.host;
  const [, start, end, total] =
    /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(response.header("content-range") ?? "") ?? [];
  const size = total === undefined || total === "*" ? undefined : Number(total);
  // RFC 9110 section 15.5.17: of a blob without a byte there is no part.
  if (response.status === 416 && size === 0) {
    await response.discard();
    return { kind: "part", bytes: new Uint8Array(), size, storage };
  }
  if (response.status === 200) {
    await response.discard();
    const length = Number(response.header("content-length") ?? Number.NaN);
    return { kind: "whole", size: Number.isSafeInteger(length) ? length : undefined, storage };
  }
  if (response.status !== 206) return { kind: "failed", error: await errorOf("GET", response) };
  const bytes = await response.bytes(last - first + 1);
  if (Number(start) === first && Number(end) === last && bytes.byteLength === last - first + 1)
    return { kind: "part", bytes, size, storage };
  const said = response.header("content-range") ?? "no Content-Range";
  return {
    kind: "failed",
    error: new RegistryError(
      "bad-data",
      `${response.url.host} was asked for bytes ${first}-${last} and sent ${bytes.byteLength}, as "${said}"`,
      { method: "GET", url: response.url, status: 206, hint: TELL_REGISTRY },
    ),
  };
}

function isServed(status: number): boolean {
  return status === 200 || status === 206;
}

/** Where a token is to be had (distribution auth/token.md), as an address that curl can ask. */
function tokenUrlOf(header: string | undefined, { name }: Repository): URL | undefined {
  const bearer = parseChallenges(header ?? "").find(({ scheme }) => scheme === "bearer");
  const url = URL.parse(bearer?.parameters["realm"] ?? "");
  if (bearer === undefined || url === null) return undefined;
  const { service } = bearer.parameters;
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", `repository:${name}:pull`);
  return url;
}
