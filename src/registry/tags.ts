import { isTag } from "../oci/reference.ts";
import { pullAccess, type RepositoryContext } from "./context.ts";
import { tagsUrl } from "./endpoints.ts";
import { listPages } from "./pages.ts";

/** Every tag of the repository, over all pages (end-8a, end-8b). In the server's order, which means nothing. */
export async function listTags(context: RepositoryContext, signal?: AbortSignal): Promise<string[]> {
  const list = {
    urlFor: (count: number | undefined) => tagsUrl(context.origin, context.repository, count),
    access: pullAccess(context),
    key: "tags",
    what: "tags",
    signal,
  };
  return await listPages(context.requester, list, isTag);
}
