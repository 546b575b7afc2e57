import { AppError } from "../errors.ts";
import { keepSecret, withoutHostLogin } from "../redact.ts";
import { parseNoProxy } from "./noProxy.ts";

/** Which proxy a request goes through. */
export interface ProxySettings {
  /** Undefined for a direct connection. */
  proxyFor(url: URL): Proxy | undefined;
}

export interface Proxy {
  /** With user name and password, which are for the proxy alone. */
  readonly url: URL;
  /** The variable or option that named it, for errors. */
  readonly source: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` as curl and Go do: lower case wins, and loopback is
 * never asked for through a proxy of the environment.
 *
 * @param override what a person named for this one run; it holds for loopback too.
 * @throws AppError `usage` for an address that no proxy can have.
 */
export function readProxySettings(env: Environment, override?: string): ProxySettings {
  const direct = parseNoProxy(env["no_proxy"] ?? env["NO_PROXY"] ?? "");
  if (override !== undefined) {
    const proxy = parseProxy(override, "--proxy");
    return { proxyFor: (url) => (direct(url) ? undefined : proxy) };
  }
  // A CGI program gets a request's "Proxy" header under the name HTTP_PROXY (CVE-2016-5385).
  const forHttp = env["REQUEST_METHOD"] === undefined ? ["http_proxy", "HTTP_PROXY"] : ["http_proxy"];
  const all = ["all_proxy", "ALL_PROXY"];
  // Many have a SOCKS proxy in ALL_PROXY beside the two others: it is read only where one of them is missing.
  const https = readProxy(env, ["https_proxy", "HTTPS_PROXY"]) ?? readProxy(env, all);
  const http = readProxy(env, forHttp) ?? readProxy(env, all);
  return {
    proxyFor: (url) =>
      isLoopbackName(url.hostname) || direct(url) ? undefined : url.protocol === "https:" ? https : http,
  };
}

/** What a Proxy-Authorization header says (RFC 9110 section 11.7.2). */
export function authorizationFor({ url: { username, password } }: Proxy): string | undefined {
  if (username === "" && password === "") return undefined;
  return `Basic ${Buffer.from(`${decode(username)}:${decode(password)}`).toString("base64")}`;
}

/** The first of these variables that is set. */
function readProxy(env: Environment, names: readonly string[]): Proxy | undefined {
  const name = names.find((name) => env[name] !== undefined);
  const text = name === undefined ? "" : (env[name] ?? "").trim();
  return name === undefined || text === "" ? undefined : parseProxy(text, name);
}

function parseProxy(text: string, source: string): Proxy {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  // What follows the host is no part of a proxy's address: an @ there comes from a password that is not encoded, whose
  // beginning was taken for host and port.
  if (url !== null && /^https?:$/.test(url.protocol) && !/@/.test(`${url.pathname}${url.search}${url.hash}`)) {
    keepSecret(decode(url.password), decode(url.username));
    keepSecret(url.password);
    return { url, source };
  }
  throw new AppError("usage", `${source} names no proxy that can be used: ${JSON.stringify(withoutHostLogin(text))}`, {
    hint: "Write http://HOST:PORT or https://HOST:PORT, with NAME:PASSWORD@ before the host if it wants them (%40 for @, %2F for /).",
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Somebody wrote a % that is meant as one.
    return text;
  }
}

function isLoopbackName(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || hostname.startsWith("127.")
  );
}
