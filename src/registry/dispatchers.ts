import type { Socket } from "node:net";
import { callbackify } from "node:util";
import { Agent, type buildConnector, type Dispatcher, Pool } from "undici";
import type { TrustSettings } from "./certificates.ts";
import { type Connect, openConnector } from "./connector.ts";
import { authorizationFor, type Proxy, type ProxySettings } from "./proxy.ts";
import { proxyRefused, proxyUnreachable } from "./proxyError.ts";

export interface DispatcherOptions {
  readonly proxy?: ProxySettings | undefined;
  readonly tls?: TrustSettings | undefined;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Limits of all connections, to proxies too. */
  readonly limits: Pick<Pool.Options, "headersTimeout" | "bodyTimeout" | "maxHeaderSize" | "keepAliveTimeout">;
}

export interface Dispatchers extends AsyncDisposable {
  /** The connections that a request to this address uses. */
  dispatcherFor(url: URL): Dispatcher;
  proxyFor(url: URL): Proxy | undefined;
}

/** Opens connections as they are needed: directly, and through each proxy. */
export function openDispatchers({ proxy, tls = {}, connectTimeout, limits }: DispatcherOptions): Dispatchers {
  const connect = openConnector(tls, connectTimeout);
  const direct = new Agent({ ...limits, connect: answering(connect) });
  const ways = new Map<string, Way>();

  return {
    proxyFor: (url) => proxy?.proxyFor(url),

    dispatcherFor(url) {
      const through = proxy?.proxyFor(url);
      if (through === undefined) return direct;
      const way = ways.get(through.url.href) ?? openWay(through, { connect, limits });
      ways.set(through.url.href, way);
      return url.protocol === "https:" ? way.tunnels : way.forward;
    },

    async [Symbol.asyncDispose]() {
      const all = [direct, ...[...ways.values()].flatMap(({ toProxy, tunnels }) => [tunnels, toProxy])];
      await Promise.all(all.map(async (dispatcher) => await dispatcher.destroy()));
    },
  };
}

/** Through one proxy. */
interface Way {
  /** For https: RFC 9110 section 9.3.6. */
  readonly tunnels: Dispatcher;
  /** For http: RFC 9112 section 3.2.2. */
  readonly forward: Dispatcher;
  readonly toProxy: Dispatcher;
}

/** Not undici's ProxyAgent: it drops limits on the way to the proxy, and says of a refusal only that there was one. */
function openWay(proxy: Proxy, { connect, limits }: Pick<DispatcherOptions, "limits"> & { connect: Connect }): Way {
  const { url } = proxy;
  const authorization = authorizationFor(proxy);
  const login = authorization === undefined ? {} : { "proxy-authorization": authorization };

  const toProxy = new Pool(url.origin, {
    ...limits,
    connect: answering(async (target) => {
      try {
        // The name in its certificate is the proxy's own, and not that of the host that is asked for.
        return await connect({ ...target, host: url.host, servername: "" });
      } catch (cause) {
        throw proxyUnreachable(proxy, cause);
      }
    }),
  });

  async function openTunnel(host: string): Promise<Socket> {
    const { statusCode, socket } = await askForTunnel(host);
    if (statusCode >= 200 && statusCode < 300) return socket as Socket;
    socket.on("error", () => undefined).destroy();
    throw proxyRefused(proxy, { method: "CONNECT", url: new URL(`https://${host}`), status: statusCode });
  }

  async function askForTunnel(host: string): Promise<Dispatcher.ConnectData> {
    try {
      return await toProxy.connect({ path: host, headers: { ...login, host } });
    } catch (cause) {
      throw proxyUnreachable(proxy, cause);
    }
  }

  return {
    toProxy,
    tunnels: new Agent({
      ...limits,
      connect: answering(async (target) => {
        const { host = target.hostname } = target;
        return await connect(target, async () => await openTunnel(/:\d+$/.test(host) ? host : `${host}:443`));
      }),
    }),
    forward: toProxy.compose((dispatch) => (options, handler) => {
      const target = new URL(String(options.origin));
      const headers = { ...(options.headers as Record<string, string>), ...login, host: target.host };
      return dispatch({ ...options, origin: url.origin, path: `${target.origin}${options.path}`, headers }, handler);
    }),
  };
}

function answering(connect: Connect): buildConnector.connector {
  const call = callbackify(async (target: buildConnector.Options) => await connect(target));
  return (target, callback) =>
    call(target, (error, socket) => {
      if (error === null) callback(null, socket);
      else callback(error, null);
    });
}
