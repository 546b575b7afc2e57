import { AppError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Repository } from "../oci/reference.ts";
import { type Authorizer, openAuthorizer } from "./auth.ts";
import { parseChallenges } from "./challenge.ts";
import type { RegistryOptions } from "./client.ts";
import { blobUrl, originOf } from "./endpoints.ts";
import type { RegistryError } from "./registryError.ts";
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

export interface LinkProbe extends AsyncDisposable {
  /** The address under which the registry has the blob (end-2). */
  urlOf(repository: Repository, digest: Digest): URL;
  /** Asks for the first byte as a browser would, and when that is refused as a client without a login would. */
  ask(repository: Repository, digest: Digest): Promise<LinkAnswer>;
}

const NO_ANSWERS: Authorizer = { modes: [], cached: () => undefined, obtain: async () => undefined };

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

    [Symbol.asyncDispose]: async () => await transport[Symbol.asyncDispose](),
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
