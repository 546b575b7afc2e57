import { parseJson } from "../oci/parse.ts";
import { nextPage } from "./pagination.ts";
import { htmlAnswer, isWebPage, RegistryError, TELL_REGISTRY } from "./registryError.ts";
import { errorOf, type Requester } from "./requester.ts";
import type { Access } from "./access.ts";
import type { HttpResponse } from "./exchange.ts";

export interface PagedList {
  /** The address of the list, with a number of entries for a page or without. */
  readonly urlFor: (count: number | undefined) => URL;
  readonly access: Access;
  /** The key under which the answer has its entries. */
  readonly key: string;
  /** What is listed, for errors: "tags". */
  readonly what: string;
  readonly signal: AbortSignal | undefined;
}

// ECR answers an error to more than 1,000; GHCR's default is 100.
const PAGE_SIZE = 1000;
// 10,000 pages of 100 are a million entries: a server that has more is making them up.
const MAX_PAGES = 10_000;
const MAX_ENTRIES = 1_000_000;
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
// What servers answer when they do not like the number of entries asked for (ECR 405, Quay 413).
const REFUSES_COUNT: ReadonlySet<number> = new Set([400, 405, 413, 422]);

/** Every entry over all pages that is a string which is wanted, in the server's order, each once. */
export async function listEntries(
  requester: Requester,
  list: PagedList,
  isWanted: (entry: string) => boolean,
): Promise<string[]> {
  const entries = new Set<string>();
  for await (const page of readPages(requester, list, isWanted)) for (const entry of page) entries.add(entry);
  return [...entries];
}

/** The same one page at a time, for whoever need not keep all of them: an entry may come again on a later page. */
export async function* readPages(
  requester: Requester,
  list: PagedList,
  isWanted: (entry: string) => boolean,
): AsyncGenerator<string[], void, undefined> {
  const seen = new Set<string>();
  let entries = 0;
  let url: URL | undefined = list.urlFor(PAGE_SIZE);
  for (let page = 0; url !== undefined; page += 1) {
    // Cyclic links: the same page twice is the end.
    if (seen.has(url.href)) break;
    seen.add(url.href);
    if (page >= MAX_PAGES || entries > MAX_ENTRIES) {
      const message = `${url.host} lists ${list.what} without end: ${entries} on ${page} pages so far`;
      throw new RegistryError("bad-data", message, { method: "GET", url, hint: TELL_REGISTRY });
    }
    let response = await get(requester, list, url);
    if (page === 0 && REFUSES_COUNT.has(response.status)) {
      await response.discard();
      response = await get(requester, list, list.urlFor(undefined));
    }
    if (response.status !== 200) throw await errorOf("GET", response);
    const found = parsePage(await response.bytes(MAX_PAGE_BYTES), response, list);
    const wanted = found.filter((entry): entry is string => typeof entry === "string" && isWanted(entry));
    entries += wanted.length;
    yield wanted;
    // Gitea links to a next page for ever: an empty page is the end.
    url = found.length === 0 ? undefined : nextPage(response.header("link"), response.url);
  }
}

async function get(requester: Requester, { access, signal }: PagedList, url: URL): Promise<HttpResponse> {
  return await requester.send({
    method: "GET",
    url,
    signal,
    access,
    whole: MAX_PAGE_BYTES,
    headers: { accept: "application/json" },
  });
}

/** What the page lists, be it legal or not: only a page with nothing at all is the end. */
function parsePage(bytes: Uint8Array, response: HttpResponse, { key, what }: PagedList): unknown[] {
  const { url } = response;
  // Captive portals, and some registries' errors, come as 200 with a page for people.
  if (isWebPage(response.header("content-type"))) throw htmlAnswer(url);
  const value = parseJson(bytes, `the list of ${what} from ${url.host}`, TELL_REGISTRY);
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) {
    throw new RegistryError("bad-data", `${url.host} answered with something that is no list of ${what}`, {
      method: "GET",
      url,
      hint: TELL_REGISTRY,
    });
  }
  const found = (value as Record<string, unknown>)[key];
  // Some servers say null for none.
  if (found === null) return [];
  if (Array.isArray(found)) return found;
  throw new RegistryError("bad-data", `${url.host} answered with ${what} that are no list`, {
    method: "GET",
    url,
    hint: TELL_REGISTRY,
  });
}
