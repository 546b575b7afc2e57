import { RegistryError, TELL_REGISTRY } from "./registryError.ts";

/**
 * The next page from a Link header (RFC 8288), or undefined at the end. Only its query is taken, over the path that
 * was asked: some servers forget a prefix of their own path (Artifactory, RTFACT-18971).
 *
 * @throws RegistryError when the link leads to another server.
 */
export function nextPage(link: string | undefined, current: URL): URL | undefined {
  const target = parseNext(link);
  if (target === undefined) return undefined;
  let next: URL;
  try {
    next = new URL(target, current);
  } catch {
    return undefined;
  }
  if (next.host !== current.host || next.protocol !== current.protocol) {
    throw new RegistryError(
      "bad-data",
      `${current.host} names a next page on another server (${next.protocol}//${next.host}), which is not asked`,
      {
        method: "GET",
        url: current,
        hint: TELL_REGISTRY,
      },
    );
  }
  const url = new URL(current);
  url.search = next.search;
  return url;
}

function parseNext(link: string | undefined): string | undefined {
  for (const [, target, parameters = ""] of (link ?? "").matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*"?next"?\s*(?:[;,]|$)/i.test(parameters)) return target;
  }
  return undefined;
}
