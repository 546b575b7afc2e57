import { AppError, type ErrorCode } from "../errors.ts";
import type { Proxy } from "./proxy.ts";

/** One entry of a registry's own error answer (distribution-spec "Error Codes"). */
export interface Diagnostic {
  readonly code: string;
  readonly message: string;
}

/** A request that a registry did not answer as it should. The URL holds no secret. */
export class RegistryError extends AppError {
  override readonly name = "RegistryError";
  readonly method: string;
  readonly url: string;
  /** HTTP status, or undefined when there was no answer. */
  readonly status: number | undefined;
  readonly errors: readonly Diagnostic[];
  /** Whether there is no way to the server at all, so that trying again at once would be in vain. */
  readonly unreachable: boolean;
  /** Milliseconds that the server asks to be left alone, when that is longer than anybody here waits. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: {
      method: string;
      url: URL;
      status?: number;
      errors?: readonly Diagnostic[];
      hint?: string;
      cause?: unknown;
      unreachable?: boolean;
      retryAfter?: number;
    },
  ) {
    super(code, message, details);
    this.method = details.method;
    this.url = redactUrl(details.url);
    this.status = details.status;
    this.errors = details.errors ?? [];
    this.unreachable = details.unreachable ?? false;
    this.retryAfter = details.retryAfter;
  }
}

/** Without user info, and without the query, in which storage services carry their signatures. */
export function redactUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** Reads `{"errors":[{code,message}]}`; HTML, nothing and anything else give none. */
export function parseDiagnostics(body: string): Diagnostic[] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return [];
  }
  if (typeof value !== "object" || value === null || !("errors" in value) || !Array.isArray(value.errors)) return [];
  return value.errors.slice(0, 5).flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    const { code, message } = entry as Record<string, unknown>;
    return typeof code === "string"
      ? [{ code: plain(code, 80), message: typeof message === "string" ? plain(message, 200) : "" }]
      : [];
  });
}

/** A server's words end up on a terminal: nothing in them may steer it. */
function plain(text: string, length: number): string {
  return text.slice(0, length).replace(/\p{Cc}+/gu, " ");
}

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

/** A request that got no answer. */
export interface Unanswered {
  readonly method: string;
  readonly url: URL;
  /** What it went through. */
  readonly proxy?: Proxy | undefined;
}

/** The error for a request that got no answer at all. */
export function connectionError(cause: unknown, { method, url, proxy }: Unanswered): RegistryError {
  if (proxy !== undefined) {
    const refused = proxyError(cause, { method, url, proxy });
    if (refused !== undefined) return refused;
  }
  const code = deepCode(cause);
  const [reason, hint] = explain(code, { url, cause });
  return new RegistryError("unavailable", `cannot reach ${url.host}: ${reason}`, {
    method,
    url,
    hint,
    cause,
    unreachable: UNREACHABLE.has(code),
  });
}

/** Whether a certificate was refused because nobody who is trusted has signed it. */
export function isUntrusted(error: unknown): boolean {
  return error instanceof RegistryError && UNTRUSTED.has(deepCode(error.cause));
}

// OpenSSL's names (X509_V_ERR_...), as Node gives them.
const UNTRUSTED: ReadonlySet<string> = new Set([
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
]);

/** What went wrong on this side of the proxy; undefined for what lies beyond it. */
function proxyError(
  cause: unknown,
  { method, url, proxy }: Required<Pick<Unanswered, "method" | "url">> & { readonly proxy: Proxy },
): RegistryError | undefined {
  const { host } = proxy.url;
  const where = `the proxy ${host} (${proxy.source})`;
  const status = Number(/Proxy response \((\d+)\)|Required \((407)\)/.exec(deepMessage(cause))?.slice(1).find(Boolean));
  if (status === 407) {
    const wrong = proxy.url.username !== "";
    return new RegistryError(
      "not-allowed",
      `${where} ${wrong ? "refused the name and password" : "wants a name and password"}`,
      {
        method,
        url,
        status,
        hint: `Put them into its address: HTTPS_PROXY=http://NAME:PASSWORD@${host} (or --proxy), with %40 for @ and %3A for :.`,
        cause,
      },
    );
  }
  if (status > 0) {
    return new RegistryError("unavailable", `${where} answered ${status} and did not connect to ${url.host}`, {
      method,
      url,
      status,
      hint: `Ask whoever runs the proxy to allow ${url.host}, or leave it out with NO_PROXY=${url.hostname}.`,
      cause,
    });
  }
  const code = deepCode(cause);
  if (code === "UND_ERR_PRX_TLS" || UNREACHABLE.has(code) || PROXY_CONNECTION.has(code)) {
    const [reason] = explain(code, { url: proxy.url, cause });
    return new RegistryError("unavailable", `cannot reach ${where}: ${reason}`, {
      method,
      url,
      hint: "Check the proxy's address and your network connection.",
      cause,
      unreachable: UNREACHABLE.has(code),
    });
  }
  return undefined;
}

const PROXY_CONNECTION: ReadonlySet<string> = new Set(["UND_ERR_PRX_CONN", "UND_ERR_CONNECT_TIMEOUT"]);

// Nobody there, no such name, no network: being offline shows as one of these. Or the client is closed already.
const UNREACHABLE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENETDOWN",
  "UND_ERR_DESTROYED",
  "UND_ERR_CLOSED",
]);

function explain(code: string, { url, cause }: { url: URL; cause: unknown }): [string, string] {
  switch (code) {
    case "ECONNREFUSED":
      return ["nobody listens there", "Check host and port, and that the registry is running."];
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return ["its name is not known", "Check the host's name and your network connection."];
    case "ECONNRESET":
    case "UND_ERR_SOCKET":
    case "EPIPE":
      return ["the connection was cut", "Try again; a proxy or firewall may be in between."];
    case "UND_ERR_CONNECT_TIMEOUT":
    case "UND_ERR_HEADERS_TIMEOUT":
    case "UND_ERR_BODY_TIMEOUT":
    case "ETIMEDOUT":
    case "TimeoutError":
      return ["it did not answer in time", "Check your network connection, then try again."];
    case "UND_ERR_DESTROYED":
    case "UND_ERR_CLOSED":
      return ["the client was closed meanwhile", "Try again."];
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      return ["it does not speak https", `If it is a registry without TLS, allow it with: --plain-http ${url.host}`];
    default:
      if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|PRX_TLS/.test(code))
        return explainCertificate(code, { url, cause });
      return [code, "Check your network connection, then try again."];
  }
}

function explainCertificate(code: string, { url, cause }: { url: URL; cause: unknown }): [string, string] {
  const anyway = `To use it all the same, for this host alone: --insecure ${url.host}`;
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return [
        `its certificate has expired (${code})`,
        `Check this computer's clock, or tell whoever runs the server. ${anyway}`,
      ];
    case "CERT_NOT_YET_VALID":
      return [`its certificate is not valid yet (${code})`, `Check this computer's clock. ${anyway}`];
    case "ERR_TLS_CERT_ALTNAME_INVALID": {
      const names = plain(deepMessage(cause).replace(/^.*altnames: /, ""), 200);
      return [`its certificate is for another host (${code}): ${names}`, `Check the host's name. ${anyway}`];
    }
    default:
      return [
        `its certificate is not trusted (${code})`,
        `A company's own certificate, or that of a proxy that looks into connections, is named with --ca-file FILE or SSL_CERT_FILE. ${anyway}`,
      ];
  }
}

function deepMessage(error: unknown): string {
  let message = "";
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1)
    message = current.message;
  return message;
}

/** Undici wraps what happened: the innermost code says it best. */
function deepCode(error: unknown): string {
  let code = "no answer";
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if ("code" in current && typeof current.code === "string") code = current.code;
    else if (code === "no answer") code = current.name === "TimeoutError" ? current.name : current.message;
    if (current instanceof AggregateError && current.errors[0] instanceof Error && "code" in current.errors[0])
      code = String(current.errors[0].code);
  }
  return code;
}

export function isWebPage(contentType: string | undefined): boolean {
  return /^text\/html\b/i.test(contentType ?? "");
}

/** A page for people where data was wanted: captive portals, and some registries' errors. */
export function htmlAnswer(url: URL): RegistryError {
  return new RegistryError("unavailable", `${url.host} answered with a web page instead of data`, {
    method: "GET",
    url,
    status: 200,
    hint: "A network that wants you to log in first (a hotel's, a company's proxy) may be in between.",
  });
}
