import { AppError } from "../errors.ts";

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

const PROTOCOLS: ReadonlySet<string> = new Set(["http:", "https:", "socks5:"]);

/**
 * Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` as curl and Go do: lower case wins, and loopback is
 * never asked for through a proxy of the environment.
 *
 * @param override what a person named for this one run; it holds for loopback too.
 * @throws AppError `usage` for an address that no proxy can have.
 */
export function readProxySettings(env: Environment, override?: string): ProxySettings {
  const direct = parseNoProxy(read(env, "no_proxy") ?? "");
  if (override !== undefined) {
    const proxy = parseProxy(override, "--proxy");
    return { proxyFor: (url) => (direct(url) ? undefined : proxy) };
  }
  const all = readProxy(env, "all_proxy");
  const https = readProxy(env, "https_proxy") ?? all;
  // A CGI program gets a request's "Proxy" header under this name (CVE-2016-5385).
  const http = (env["REQUEST_METHOD"] === undefined ? readProxy(env, "http_proxy") : undefined) ?? all;
  return {
    proxyFor: (url) =>
      isLoopbackName(url.hostname) || direct(url) ? undefined : url.protocol === "https:" ? https : http,
  };
}

function read(env: Environment, name: string): string | undefined {
  return env[name] ?? env[name.toUpperCase()];
}

function readProxy(env: Environment, name: string): Proxy | undefined {
  const text = read(env, name)?.trim();
  return text === undefined || text === "" ? undefined : parseProxy(text, name.toUpperCase());
}

function parseProxy(text: string, source: string): Proxy {
  const url = URL.parse(/^[a-z0-9+.-]+:\/\//i.test(text) ? text : `http://${text}`);
  if (url !== null && PROTOCOLS.has(url.protocol) && url.hostname !== "") return { url, source };
  throw new AppError("usage", `${source} names no proxy that can be used: ${JSON.stringify(withoutPassword(text))}`, {
    hint: "Write http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT, with NAME:PASSWORD@ before the host if it wants them.",
  });
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^@/]*@/, "//");
}

/** What is reached directly: `*`, `host`, `.suffix`, `host:port`, an address, or a range of addresses `10.0.0.0/8`. */
function parseNoProxy(text: string): (url: URL) => boolean {
  const rules = text
    .split(/[\s,]+/)
    .filter((rule) => rule !== "")
    .map(parseRule);
  return (url) => rules.some((rule) => rule(url));
}

function parseRule(text: string): (url: URL) => boolean {
  if (text === "*") return () => true;
  const range = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(text);
  if (range !== null) {
    const [network, bits] = [addressOf(range[1] ?? ""), Number(range[2])];
    return ({ hostname }) => {
      const address = addressOf(hostname);
      if (network === undefined || address === undefined || bits > 32) return false;
      const size = 2 ** (32 - bits);
      return Math.floor(address / size) === Math.floor(network / size);
    };
  }
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text.toLowerCase()) ?? [];
  const name = host.replace(/^\*?\./, "");
  return (url) => {
    const hostname = url.hostname.toLowerCase();
    const given = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
    return (
      name !== "" && (hostname === name || hostname.endsWith(`.${name}`)) && (port === undefined || port === given)
    );
  };
}

/** An IPv4 address as a number. */
function addressOf(text: string): number | undefined {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function isLoopbackName(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || hostname.startsWith("127.")
  );
}
