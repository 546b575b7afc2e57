import { AppError } from "../errors.ts";
import { withoutHostLogin, withoutLogin } from "../redact.ts";
import { type Digest, digestProblem } from "./digest.ts";

/** `host[:port]/name`. */
export interface Repository {
  readonly host: string;
  readonly name: string;
}

/** `host[:port]/name[:tag][@digest]`. */
export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

// distribution-spec "Pulling manifests".
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::[0-9]{1,5})?$/;
// distribution-spec: many clients limit host and name together.
const MAX_LENGTH = 255;
const EXAMPLE = "Write HOST/NAME:TAG, for example ghcr.io/example/app:1.2.0 or localhost:5000/app:1.2.0.";

const DOCKER_HUB = "docker.io";
const DOCKER_HUB_HOSTS: ReadonlySet<string> = new Set([
  "docker.io",
  "index.docker.io",
  "registry-1.docker.io",
  "registry.hub.docker.com",
]);

/** @throws AppError `usage` that says which part is wrong. */
export function parseReference(text: string): Reference {
  if (withoutLogin(text) !== text) throw wrong(text, "a name and password do not belong in it");
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const rest = at === -1 ? text : text.slice(0, at);
  const colon = rest.lastIndexOf(":");
  const hasTag = colon > rest.lastIndexOf("/") && rest.includes("/");
  const tag = hasTag ? rest.slice(colon + 1) : undefined;
  const repository = parseRepositoryPart(hasTag ? rest.slice(0, colon) : rest, text);

  if (tag !== undefined && !isTag(tag)) {
    throw wrong(text, `the tag ${JSON.stringify(tag)} may hold letters, digits, "_", "." and "-", at most 128`);
  }
  if (digest !== undefined) {
    const problem = digestProblem(digest);
    if (problem !== undefined) throw wrong(text, problem);
  }
  return {
    ...repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest: digest as Digest }),
  };
}

/** As {@link parseReference}, where neither tag nor digest may stand. */
export function parseRepository(text: string): Repository {
  const { host, name, tag, digest } = parseReference(text);
  if (tag !== undefined || digest !== undefined) {
    throw wrong(text, "a repository is wanted here, without a tag or digest");
  }
  return { host, name };
}

/** A registry's host with an optional port. @throws AppError `usage`. */
export function parseHost(text: string): string {
  const host = text
    .replace(/^https?:\/\//, "")
    .replace(/\/(v2\/?)?$/, "")
    .toLowerCase();
  if (HOST.test(host) && isAddress(host)) return DOCKER_HUB_HOSTS.has(host) ? DOCKER_HUB : host;
  throw new AppError("usage", `not a registry's host: ${JSON.stringify(withoutHostLogin(text).slice(0, 300))}`, {
    hint: "Write HOST or HOST:PORT, for example ghcr.io or localhost:5000.",
  });
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

export function isRepositoryName(text: string): boolean {
  return text.length <= MAX_LENGTH && NAME.test(text);
}

export function formatRepository(repository: Repository): string {
  return `${repository.host}/${repository.name}`;
}

export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${formatRepository(reference)}${tag}${digest}`;
}

function parseRepositoryPart(text: string, whole: string): Repository {
  const slash = text.indexOf("/");
  const first = slash === -1 ? "" : text.slice(0, slash);
  // Docker would read "app/tool" as a name on Docker Hub. A guess that sends files to the wrong place is not worth it.
  const isHost = first === "localhost" || /[.:[]/.test(first);
  if (!isHost) {
    throw wrong(
      whole,
      "it does not begin with a registry's host",
      "Docker Hub's is docker.io, as in docker.io/library/alpine:3.20. ",
    );
  }
  if (!HOST.test(first) || !isAddress(first))
    throw wrong(whole, `${JSON.stringify(first)} is not a host name with an optional port`);
  const host = first.toLowerCase();
  let name = text.slice(slash + 1);
  const onHub = DOCKER_HUB_HOSTS.has(host);
  if (onHub && !name.includes("/")) name = `library/${name}`;
  if (!NAME.test(name)) {
    throw wrong(
      whole,
      `the name ${JSON.stringify(name)} may hold lowercase letters, digits, and single ".", "_", "-" between them`,
    );
  }
  if (host.length + 1 + name.length > MAX_LENGTH)
    throw wrong(whole, `host and name are longer than ${MAX_LENGTH} characters`);
  return { host: onHub ? DOCKER_HUB : host, name };
}

/** What looks like a host may still be none: a port above 65535, 999.1.1.1, colons without an address. */
function isAddress(host: string): boolean {
  return URL.canParse(`http://${host}`);
}

function wrong(text: string, problem: string, more = ""): AppError {
  const safe = withoutLogin(text);
  const shown = safe.length > 300 ? `${safe.slice(0, 300)}...` : safe;
  return new AppError("usage", `not a reference: ${JSON.stringify(shown)}: ${problem}`, { hint: `${more}${EXAMPLE}` });
}
