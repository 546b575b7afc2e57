import { isRepositoryName } from "../oci/reference.ts";
import { catalogUrl, type Origin } from "./endpoints.ts";
import { listEntries } from "./pages.ts";
import { RegistryError } from "./registryError.ts";
import type { Requester } from "./requester.ts";
import { loginHost } from "./statusError.ts";

// Where those that list no repositories show them to people.
const ELSEWHERE: Readonly<Record<string, string>> = {
  "ghcr.io": "the owner's Packages page on github.com",
  "docker.io": "hub.docker.com",
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
    return await listEntries(requester, list, isRepositoryName);
  } catch (error) {
    throw error instanceof RegistryError && isRefusal(error) ? refused(origin, error) : error;
  }
}

function isRefusal({ status = 500 }: RegistryError): boolean {
  return status >= 400 && status < 500 && status !== 407 && status !== 429;
}

function refused(origin: Origin, cause: RegistryError): RegistryError {
  const url = catalogUrl(origin, undefined);
  const host = loginHost(url);
  const place = Object.hasOwn(ELSEWHERE, host) ? ELSEWHERE[host] : undefined;
  const { method, status, errors } = cause;
  return new RegistryError(cause.code, `${host} does not list its repositories: ${cause.message}`, {
    method,
    url,
    ...(status === undefined ? {} : { status }),
    errors,
    hint:
      place === undefined
        ? "Look at its web page, or ask whoever runs it; some list them for those who are logged in."
        : `Look at ${place}.`,
    remedy: place === undefined ? { kind: "login", host } : undefined,
    cause,
  });
}
