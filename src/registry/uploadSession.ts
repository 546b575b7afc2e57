import type { Descriptor } from "../oci/descriptor.ts";
import type { Content } from "../oci/storage.ts";
import type { RepositoryContext } from "./context.ts";
import { baseUrl } from "./endpoints.ts";
import { followLocation } from "./location.ts";
import { RegistryError, TELL_REGISTRY } from "./registryError.ts";
import type { HttpResponse } from "./exchange.ts";

export interface Upload {
  readonly expected: Descriptor;
  readonly content: Content;
  readonly session: UploadSession;
  readonly signal: AbortSignal | undefined;
}

/** Servers keep their state in the address: only the newest counts (distribution-spec "Pushing a blob in chunks"). */
export interface UploadSession {
  location: URL;
}

/** Absolute or relative, with the query that the server put there. @throws RegistryError without a usable one. */
export function locationOf({ origin }: RepositoryContext, response: HttpResponse): URL {
  const location = response.header("location");
  if (location !== undefined) {
    const rule = { what: "an upload address that leads", method: "POST", origin: baseUrl(origin) };
    return followLocation(location, response.url, rule);
  }
  throw new RegistryError("bad-data", `${response.url.host} does not say where to upload to`, {
    method: "POST",
    url: response.url,
    status: response.status,
    hint: TELL_REGISTRY,
  });
}

export function withDigest(location: URL, { digest }: Descriptor): URL {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  return url;
}
