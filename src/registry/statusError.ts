import { parseDiagnostics, RegistryError } from "./registryError.ts";

export interface BadAnswer {
  readonly method: string;
  readonly url: URL;
  readonly status: number;
  readonly body: string;
  /** The address that was asked, when a redirect led to this one. */
  readonly redirectedFrom?: URL;
  /** Seconds after which a limit of requests begins anew. */
  readonly window?: number | undefined;
}

/** The error for an answer with a status that was not hoped for. */
export function statusError(answer: BadAnswer): RegistryError {
  const { method, url, status, redirectedFrom } = answer;
  const errors = parseDiagnostics(answer.body);
  const said = errors.map(({ code, message }) => (message === "" ? code : `${code}: ${message}`)).join("; ");
  const where =
    redirectedFrom === undefined || redirectedFrom.host === url.host ? "" : `; ${redirectedFrom.host} sent us there`;
  const message = `${url.host} answered ${status}${said === "" ? "" : ` (${said})`} to ${method} ${url.pathname}${where}`;
  const details = { method, url, status, errors };
  if (status === 401 || status === 403) {
    const hint = where === "" ? refusalHint(method, url) : STORAGE_HINT;
    return new RegistryError("not-allowed", message, { ...details, hint });
  }
  if (status === 404) {
    return new RegistryError("not-found", message, {
      ...details,
      hint: "Check the name. Many registries also answer 404 for a private repository to those who are not logged in.",
    });
  }
  if (status === 413) {
    return new RegistryError("bad-data", message, {
      ...details,
      hint: "It is too large for the registry, or for a proxy before it: ask whoever runs it to raise the limit.",
    });
  }
  if (status === 429) {
    const when = answer.window === undefined ? "later" : `within ${Math.ceil(answer.window / 3600)} hours`;
    return new RegistryError("temporary", message, {
      ...details,
      hint: `The registry limits requests: try again ${when}, or log in for a higher limit: slipway login ${loginHost(url)}`,
    });
  }
  if (status >= 500)
    return new RegistryError("unavailable", message, {
      ...details,
      hint: "The registry has trouble: try again later.",
    });
  const hint = where === "" ? refusedManifestHint(method, url) : STORAGE_HINT;
  return new RegistryError("bad-data", message, hint === undefined ? details : { ...details, hint });
}

const STORAGE_HINT =
  "Its addresses are good for minutes: check this computer's clock, and whether a firewall or proxy lets you reach it.";

// Where a publisher opens a package to everybody.
const MAKE_PUBLIC: ReadonlyMap<string, string> = new Map([
  ["ghcr.io", "on github.com: the package's page, Package settings, Change visibility"],
  ["registry-1.docker.io", "on hub.docker.com: the repository's Settings, Make public"],
  ["quay.io", "on quay.io: the repository's Settings, Make public"],
  ["registry.gitlab.com", "on gitlab.com: the project's Settings, General, Visibility"],
]);

function refusalHint(method: string, url: URL): string {
  const login = `slipway login ${loginHost(url)}`;
  if (method !== "GET" && method !== "HEAD") return `Log in with an account that may write here: ${login}`;
  const place = MAKE_PUBLIC.get(url.host);
  return `If it is private, log in with: ${login}\nIf strangers are to use it, its owner must make the package public${place === undefined ? "." : `, ${place}.`}`;
}

/** Docker Hub's name for people is not the host of its API. */
export function loginHost({ host }: URL): string {
  return host === "registry-1.docker.io" ? "docker.io" : host;
}

/** Some registries take only artifact types that they know (GitLab). */
function refusedManifestHint(method: string, { pathname }: URL): string | undefined {
  return method === "PUT" && pathname.includes("/manifests/")
    ? "A registry that refuses artifact types which it does not know takes a release that is pushed with --compat."
    : undefined;
}
