import type { ErrorCode, Remedy } from "../errors.ts";
import { redact } from "../redact.ts";
import { type Diagnostic, parseDiagnostics, RegistryError, TELL_REGISTRY } from "./registryError.ts";
import { wordsOf } from "./words.ts";

export interface BadAnswer {
  readonly method: string;
  readonly url: URL;
  readonly status: number;
  readonly body: string;
  /** The address that was asked, when a redirect led to this one. */
  readonly redirectedFrom?: URL;
  /** The registry's host, when its token service answered. */
  readonly tokensFor?: string;
  /** Seconds after which a limit of requests begins anew. */
  readonly window?: number | undefined;
}

/** The error for an answer with a status that was not hoped for. */
export function statusError(answer: BadAnswer): RegistryError {
  const { method, url, status, tokensFor } = answer;
  const body = isElsewhere(answer) ? redact(answer.body, signaturesOf(url)) : answer.body;
  const errors = parseDiagnostics(body);
  const said = errors.length > 0 ? errors.map(formatDiagnostic).join("; ") : wordsOf(body);
  const who = tokensFor === undefined ? url.host : `the token service ${url.host} of ${tokensFor}`;
  const where = isElsewhere(answer) ? `; ${answer.redirectedFrom?.host} sent us there` : "";
  const message = `${who} answered ${status}${said === "" ? "" : ` (${said})`} to ${method} ${url.pathname}${where}`;
  const { code, hint, login } = judge(answer, errors);
  const remedy: Remedy | undefined = login === true ? { kind: "login", host: tokensFor ?? loginHost(url) } : undefined;
  return new RegistryError(code, message, { method, url, status, errors, hint, remedy });
}

function formatDiagnostic({ code, message }: Diagnostic): string {
  return message === "" ? code : `${code}: ${message}`;
}

/** A storage service's address lets in whoever has it, by whatever its parameters are called. */
function signaturesOf({ searchParams }: URL): string[] {
  return [...searchParams.values()].filter((value) => value.length >= 12);
}

function isElsewhere({ url, redirectedFrom }: BadAnswer): boolean {
  return redirectedFrom !== undefined && redirectedFrom.host !== url.host;
}

interface Judgement {
  readonly code: ErrorCode;
  readonly hint: string;
  /** Whether a login may help. */
  readonly login?: boolean;
}

function judge(answer: BadAnswer, errors: readonly Diagnostic[]): Judgement {
  const { method, url, status, tokensFor, window } = answer;
  if (status === 429) {
    const when = window === undefined ? "later" : `within ${formatWait(window)}`;
    const hint = `The registry limits requests: try again ${when}, or log in for a higher limit.`;
    return { code: "temporary", hint, login: true };
  }
  if (status >= 500) {
    const what = tokensFor === undefined ? "registry" : "registry's token service";
    return { code: "unavailable", hint: `The ${what} has trouble: try again later.` };
  }
  // RFC 6749 section 5.2: a login that is no longer good is answered 400.
  if (tokensFor !== undefined && [400, 401, 403].includes(status))
    return { code: "not-allowed", hint: "Log in anew.", login: true };
  if (status === 401 || status === 403) {
    if (isElsewhere(answer)) return { code: "not-allowed", hint: STORAGE_HINT };
    return { code: "not-allowed", hint: refusalHint(method, url), login: true };
  }
  if (status === 404) return { code: "not-found", hint: method === "POST" ? NO_REPOSITORY_HINT : NOT_FOUND_HINT };
  if (status === 413) return { code: "bad-data", hint: TOO_LARGE_HINT };
  const hint = isElsewhere(answer) ? STORAGE_HINT : (refusedManifestHint(answer, errors) ?? TELL_REGISTRY);
  return { code: "bad-data", hint };
}

/** For people, from seconds. */
export function formatWait(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} seconds`;
  return seconds < 2 * 3600 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3600)} hours`;
}

const NOT_FOUND_HINT =
  "Check the name. Many registries also answer 404 for a private repository to those who are not logged in.";
// Uploads begin with a POST. ECR, Artifact Registry and Harbor make no repository or project by themselves.
const NO_REPOSITORY_HINT =
  "Check the name. Some registries take nothing for a repository that nobody has made: create the repository there first.";
const TOO_LARGE_HINT =
  "It is too large for the registry, or for a proxy before it: ask whoever runs it to raise the limit.";
const STORAGE_HINT =
  "Its addresses are good for minutes: check this computer's clock, and whether a firewall or proxy lets you reach it.";

// Where a publisher opens a package to everybody.
const MAKE_PUBLIC: ReadonlyMap<string, string> = new Map([
  ["ghcr.io", "on github.com: the package's page, Package settings, Change visibility"],
  ["registry-1.docker.io", "on hub.docker.com: the repository's Settings, Make public"],
  ["quay.io", "on quay.io: the repository's Settings, Make public"],
  ["registry.gitlab.com", "on gitlab.com: the project's Settings, General, Visibility"],
]);

/** The pages that lead there, by the host of the registry's API. */
export function whereToMakePublic(host: string): string | undefined {
  return MAKE_PUBLIC.get(host);
}

function refusalHint(method: string, url: URL): string {
  if (method !== "GET" && method !== "HEAD") return "It takes an account that may write here.";
  const place = whereToMakePublic(url.host);
  return `If strangers are to use it, its owner must make the package public${place === undefined ? "." : `, ${place}.`}\nIf it is private, it takes a login.`;
}

/** Docker Hub's name for people is not the host of its API. */
export function loginHost({ host }: URL): string {
  return host === "registry-1.docker.io" ? "docker.io" : host;
}

// Distribution-spec "Error Codes": what a registry says of a manifest whose types it does not take (GitLab).
const REFUSED_TYPES: ReadonlySet<string> = new Set(["MANIFEST_INVALID", "UNSUPPORTED"]);

function refusedManifestHint({ method, url, status }: BadAnswer, errors: readonly Diagnostic[]): string | undefined {
  if (method !== "PUT" || !url.pathname.includes("/manifests/")) return undefined;
  // ECR and Harbor.
  if (status === 412 || errors.some(({ code }) => code === "TAG_INVALID"))
    return "A tag that exists may be fixed there: push under another one.";
  return errors.length === 0 || errors.some(({ code }) => REFUSED_TYPES.has(code))
    ? "A registry that refuses artifact types which it does not know takes a release that is pushed with --compat."
    : undefined;
}
