import { isRepositoryName } from "../oci/reference.ts";
import { catalogUrl, type Origin } from "./endpoints.ts";
import { listPages } from "./pages.ts";
import { RegistryError } from "./registryError.ts";
import type { Requester } from "./requester.ts";

// Where those that list no repositories show them to people.
const ELSEWHERE: Readonly<Record<string, string>> = {
  "ghcr.io": "the owner's Packages page on github.com",
  "registry-1.docker.io": "hub.docker.com",
  "quay.io": "quay.io/search",
  "registry.gitlab.com": "the project's Container registry page",
  "public.ecr.aws": "gallery.ecr.aws",
};

/**
 * Every repository of a registry: `GET /v2/_catalog`, which is distribution's and no part of the OCI specification.
 *
 * @throws RegistryError that says where else to look when the registry does not list them.
 */
export async function listRepositories(
  requester: Requester,
  origin: Origin,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const list = {
    urlFor: (count: number | undefined) => catalogUrl(origin, count),
    access: { name: "", actions: "pull" as const },
    key: "repositories",
    what: "repositories",
    signal,
  };
  try {
    return await listPages(requester, list, isRepositoryName);
  } catch (error) {
    const refused = error instanceof RegistryError && (error.status ?? 500) < 500 && error.status !== 429;
    if (!refused) throw error;
    const place = ELSEWHERE[origin.host] ?? "its web page, or at whoever runs it";
    throw new RegistryError(error.code, `${origin.host} does not list its repositories: ${error.message}`, {
      method: error.method,
      url: catalogUrl(origin, undefined),
      ...(error.status === undefined ? {} : { status: error.status }),
      hint: `Look at ${place}; some list them for those who are logged in: slipway login ${origin.host}`,
      cause: error,
    });
  }
}
