import type { Digest } from "../oci/digest.ts";
import type { Repository } from "../oci/reference.ts";

/** Base address of a registry's API. `host` may carry a port. */
export interface Origin {
  readonly protocol: "http:" | "https:";
  readonly host: string;
}

// Docker Hub's name in references is not the host of its API.
const API_HOSTS: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

export function originOf(host: string, plainHttp: (host: string) => boolean): Origin {
  const api = API_HOSTS[host] ?? host;
  return { host: api, protocol: isLoopback(api) || plainHttp(host) ? "http:" : "https:" };
}

/** Loopback by name or address: nobody else can listen in, so plain http is no risk there. */
export function isLoopback(host: string): boolean {
  const name = hostnameOf(host);
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}

/** Loopback, link-local or private by its address: a stranger's redirect has no business there. */
export function isInternal(host: string): boolean {
  const name = hostnameOf(host);
  return (
    isLoopback(host) ||
    /^(10|0)\./.test(name) ||
    name.startsWith("192.168.") ||
    name.startsWith("169.254.") ||
    /^172\.(1[6-9]|2\d|3[01])\./.test(name) ||
    /^\[(::|::1|::ffff:.*|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*)\]$/i.test(name)
  );
}

function hostnameOf(host: string): string {
  // A name may end in the dot of DNS's root: it is the same name.
  return host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
}

/** end-1 */
export function baseUrl(origin: Origin): URL {
  return new URL(`${origin.protocol}//${origin.host}/v2/`);
}

/** end-2, end-10 */
export function blobUrl(origin: Origin, { name }: Repository, digest: Digest): URL {
  return new URL(`${name}/blobs/${digest}`, baseUrl(origin));
}

/** end-3, end-7, end-9 */
export function manifestUrl(origin: Origin, { name }: Repository, reference: string): URL {
  return new URL(`${name}/manifests/${reference}`, baseUrl(origin));
}

/** end-4a */
export function uploadUrl(origin: Origin, { name }: Repository, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(`${name}/blobs/uploads/`, baseUrl(origin));
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  return url;
}

/** end-8a, end-8b */
export function tagsUrl(origin: Origin, { name }: Repository, count: number | undefined): URL {
  const url = new URL(`${name}/tags/list`, baseUrl(origin));
  if (count !== undefined) url.searchParams.set("n", String(count));
  return url;
}

/** Of distribution, beside the specification. */
export function catalogUrl(origin: Origin, count: number | undefined): URL {
  const url = new URL("_catalog", baseUrl(origin));
  if (count !== undefined) url.searchParams.set("n", String(count));
  return url;
}

/** end-12a, end-12b */
export function referrersUrl(origin: Origin, { name }: Repository, digest: Digest): URL {
  return new URL(`${name}/referrers/${digest}`, baseUrl(origin));
}
