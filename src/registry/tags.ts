import { isTag } from "../oci/reference.ts";
import { pullAccess, type RepositoryContext } from "./context.ts";
import { tagsUrl } from "./endpoints.ts";
import { listEntries, type PagedList, readPages } from "./pages.ts";

/** Every tag of the repository, over all pages (end-8a, end-8b). In the server's order, which means nothing. */
export async function listTags(context: RepositoryContext, signal?: AbortSignal): Promise<string[]> {
  return await listEntries(context.requester, listOf(context, signal), isTag);
}

/** The same one page at a time. */
export function readTagPages(context: RepositoryContext, signal?: AbortSignal): AsyncIterable<readonly string[]> {
  return readPages(context.requester, listOf(context, signal), isTag);
}

function listOf(context: RepositoryContext, signal: AbortSignal | undefined): PagedList {
  return {
    urlFor: (count) => tagsUrl(context.origin, context.repository, count),
    access: pullAccess(context),
    key: "tags",
    what: "tags",
    signal,
  };
}
