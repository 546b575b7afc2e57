import { isTag } from "../oci/reference.ts";
import { parseJson } from "../oci/parse.ts";
import { type RepositoryContext, pullAccess } from "./context.ts";
import { tagsUrl } from "./endpoints.ts";
import { nextPage } from "./pagination.ts";
import { htmlAnswer, isWebPage, RegistryError } from "./registryError.ts";
import { errorOf } from "./requester.ts";
import type { HttpResponse } from "./http.ts";

// ECR answers an error to more than 1,000; GHCR's default is 100.
const PAGE_SIZE = 1000;
// 10,000 pages of 100 are a million tags: a server that has more is making them up.
const MAX_PAGES = 10_000;
const MAX_TAGS = 1_000_000;
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
// What servers answer when they do not like the number of tags asked for (ECR 405, Quay 413).
const REFUSES_COUNT: ReadonlySet<number> = new Set([400, 405, 413, 422]);

/** Every tag of the repository, over all pages (end-8a, end-8b). In the server's order, which means nothing. */
export async function listTags(context: RepositoryContext, signal?: AbortSignal): Promise<string[]> {
  const tags = new Set<string>();
  const seen = new Set<string>();
  let url: URL | undefined = tagsUrl(context.origin, context.repository, PAGE_SIZE);
  for (let page = 0; url !== undefined; page += 1) {
    // Cyclic links: the same page twice is the end.
    if (seen.has(url.href)) break;
    seen.add(url.href);
    if (page >= MAX_PAGES || tags.size > MAX_TAGS) {
      throw new RegistryError("bad-data", `${url.host} lists tags without end: ${tags.size} on ${page} pages so far`, {
        method: "GET",
        url,
      });
    }
    let response = await get(context, url, signal);
    if (page === 0 && REFUSES_COUNT.has(response.status)) {
      await response.discard();
      response = await get(context, tagsUrl(context.origin, context.repository, undefined), signal);
    }
    if (response.status !== 200) throw await errorOf("GET", response);
    const found = parseTagPage(await response.bytes(MAX_PAGE_BYTES), response);
    for (const tag of found) if (typeof tag === "string" && isTag(tag)) tags.add(tag);
    // Gitea links to a next page for ever: an empty page is the end.
    url = found.length === 0 ? undefined : nextPage(response.header("link"), response.url);
  }
  return [...tags];
}

async function get(context: RepositoryContext, url: URL, signal: AbortSignal | undefined): Promise<HttpResponse> {
  return await context.requester.send({
    method: "GET",
    url,
    signal,
    access: pullAccess(context),
    whole: MAX_PAGE_BYTES,
    headers: { accept: "application/json" },
  });
}

/** What the page lists, be it a legal tag or not: only a page with nothing at all is the end. */
function parseTagPage(bytes: Uint8Array, response: HttpResponse): unknown[] {
  const { url } = response;
  // Captive portals, and some registries' errors, come as 200 with a page for people.
  if (isWebPage(response.header("content-type"))) throw htmlAnswer(url);
  const value = parseJson(bytes, `the list of tags from ${url.host}`);
  if (typeof value !== "object" || value === null || !("tags" in value)) {
    throw new RegistryError("bad-data", `${url.host} answered with something that is no list of tags`, {
      method: "GET",
      url,
    });
  }
  const { tags } = value;
  // Some servers say null for none.
  if (tags === null) return [];
  if (!Array.isArray(tags)) {
    throw new RegistryError("bad-data", `${url.host} answered with tags that are no list`, { method: "GET", url });
  }
  return tags;
}
