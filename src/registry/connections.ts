import type { Socket } from "node:net";
import type { Answer, ConnectionLimits, WireRequest } from "../http/connection.ts";
import { openPool, type Way } from "../http/pool.ts";
import type { TrustSettings } from "./certificates.ts";
import { openConnector } from "./connector.ts";
import { authorizationFor, type Proxy, type ProxySettings } from "./proxy.ts";
import { proxyRefused, proxyUnreachable } from "./proxyError.ts";

export interface ConnectionOptions {
  readonly proxy?: ProxySettings | undefined;
  readonly tls?: TrustSettings | undefined;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Limits of all connections, to proxies too. */
  readonly limits: ConnectionLimits & {
    /** Milliseconds until a proxy answers that there is a tunnel. */
    readonly headersTimeout: number;
  };
}

export interface Connections extends Disposable {
  send(url: URL, request: Omit<WireRequest, "target">): Promise<Answer>;
  proxyFor(url: URL): Proxy | undefined;
}

/** Opens connections as they are needed: directly, and through each proxy. */
export function openConnections({ proxy, tls = {}, connectTimeout, limits }: ConnectionOptions): Connections {
  const connect = openConnector(tls, connectTimeout);
  const pool = openPool(limits);

  return {
    proxyFor: (url) => proxy?.proxyFor(url),

    async send(url, request) {
      const through = proxy?.proxyFor(url);
      const headers = { host: url.host, ...request.headers };
      const target = `${url.pathname}${url.search}`;
      if (through === undefined) return await pool.send(direct(url), { ...request, headers, target });
      if (url.protocol === "https:") return await pool.send(tunnelled(url, through), { ...request, headers, target });
      // RFC 9112 section 3.2.2
      const forwarded = { ...headers, ...loginFor(through) };
      return await pool.send(toProxy(through), { ...request, headers: forwarded, target: `${url.origin}${target}` });
    },

    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };

  function direct(url: URL): Way {
    return { name: url.origin, connect: async (onread, signal) => await connect(url, { onread, signal }) };
  }

  function toProxy(through: Proxy): Way {
    return {
      name: `proxy ${through.url.href}`,
      async connect(onread, signal) {
        try {
          return await connect(through.url, { onread, signal });
        } catch (cause) {
          throw signal.aborted ? cause : proxyUnreachable(through, cause);
        }
      },
    };
  }

  function tunnelled(url: URL, through: Proxy): Way {
    return {
      name: `${url.origin} through ${through.url.href}`,
      connect: async (onread, signal) =>
        await connect(url, { onread, signal, openTunnel: async () => await openTunnel(url, through, signal) }),
    };
  }

  /** RFC 9110 section 9.3.6 */
  async function openTunnel(url: URL, through: Proxy, signal: AbortSignal): Promise<Socket> {
    const target = `${url.hostname}:${url.port === "" ? 443 : url.port}`;
    const { status, tunnel, body } = await askForTunnel(target, through, signal);
    if (tunnel !== undefined) return tunnel;
    await body[Symbol.asyncIterator]().return?.();
    throw proxyRefused(through, { method: "CONNECT", url, status });
  }

  async function askForTunnel(target: string, through: Proxy, signal: AbortSignal): Promise<Answer> {
    const headers = { host: target, ...loginFor(through) };
    const request = { method: "CONNECT", target, headers, signal, answerTimeout: limits.headersTimeout };
    try {
      return await pool.send(toProxy(through), request);
    } catch (cause) {
      throw signal.aborted ? cause : proxyUnreachable(through, cause);
    }
  }
}

function loginFor(proxy: Proxy): Record<string, string> {
  const authorization = authorizationFor(proxy);
  return authorization === undefined ? {} : { "proxy-authorization": authorization };
}
