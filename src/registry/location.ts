import { redactUrl } from "../redact.ts";
import { isInternal } from "./endpoints.ts";
import { RegistryError } from "./registryError.ts";

export interface LocationRule {
  /** What the server answered with, for the error: "a redirect". */
  readonly what: string;
  readonly method: string;
  /** Where the whole exchange began. */
  readonly origin: URL;
}

/**
 * The address in a Location header, absolute or relative to where it came from, if it is safe to go there.
 *
 * @throws RegistryError `unavailable`.
 */
export function followLocation(location: string, from: URL, { what, method, origin }: LocationRule): URL {
  const to = URL.parse(location, from.href);
  if (to === null) throw refused(method, from, `${what} to something that is no address`);
  if (to.protocol !== "https:" && to.protocol !== "http:") throw refused(method, from, `${what} to ${to.protocol}`);
  if (from.protocol === "https:" && to.protocol === "http:")
    throw refused(method, from, `${what} from https to http (${redactUrl(to)})`);
  // Whoever answers a public registry must not be able to make us ask, or write, inside our own network.
  if (isInternal(to.host) && !isInternal(origin.host))
    throw refused(method, from, `${what} to an internal address (${to.host})`);
  return to;
}

/** A server wanted us to go where nobody should. */
export class RefusedLocation extends RegistryError {}

export function refused(method: string, url: URL, what: string): RefusedLocation {
  return new RefusedLocation("unavailable", `${url.host} answered with ${what}, which is not followed`, {
    method,
    url,
    hint: "Tell whoever runs the registry.",
  });
}
