import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import type { TrustSettings } from "./certificates.ts";
import type { Proxy, ProxySettings } from "./proxy.ts";

export interface DispatcherOptions {
  readonly proxy?: ProxySettings | undefined;
  readonly tls?: TrustSettings | undefined;
  readonly connectTimeout: number;
  /** What all connections have in common. */
  readonly agent: Agent.Options;
}

export interface Dispatchers extends AsyncDisposable {
  /** The connections that a request to this address uses. */
  dispatcherFor(url: URL): Dispatcher;
  proxyFor(url: URL): Proxy | undefined;
  /**
   * From now on the system's own certificates count too. They are not read before one is missing: that takes 30 ms on
   * Linux and more elsewhere, and hardly anybody needs them. @returns false when they counted already.
   */
  trustSystem(): boolean;
}

interface TlsOptions {
  readonly secureContext?: SecureContext;
  readonly rejectUnauthorized?: boolean;
}

/** Opens connections as they are needed: one set for each proxy and each kind of trust. */
export function openDispatchers({ proxy, tls = {}, connectTimeout, agent }: DispatcherOptions): Dispatchers {
  const { ca = [], insecure = () => false } = tls;
  let open = new Map<string, Dispatcher>();
  const retired: Dispatcher[] = [];
  let system = false;
  let context: SecureContext | undefined;

  function tlsOptions(url: URL): TlsOptions {
    if (insecure(url.host)) return { rejectUnauthorized: false };
    if (ca.length === 0 && !system) return {};
    // One context for all connections: making it of hundreds of certificates takes as long as a handshake.
    context ??= createSecureContext({
      ca: [...new Set([...getCACertificates("default"), ...(system ? getCACertificates("system") : []), ...ca])],
    });
    return { secureContext: context };
  }

  function connect(url: URL): Dispatcher {
    const through = proxy?.proxyFor(url);
    const options = url.protocol === "https:" ? tlsOptions(url) : {};
    if (through === undefined) return new Agent({ ...agent, connect: { timeout: connectTimeout, ...options } });
    return new ProxyAgent({
      ...agent,
      uri: through.url.href,
      connectTimeout,
      requestTls: { timeout: connectTimeout, ...options },
      proxyTls: { timeout: connectTimeout, ...(through.url.protocol === "https:" ? tlsOptions(through.url) : {}) },
    });
  }

  return {
    proxyFor: (url) => proxy?.proxyFor(url),

    dispatcherFor(url) {
      const through = proxy?.proxyFor(url);
      const key = `${url.protocol} ${through?.url.href ?? ""} ${String(insecure(url.host))}`;
      const found = open.get(key) ?? connect(url);
      open.set(key, found);
      return found;
    },

    trustSystem() {
      if (system) return false;
      system = true;
      context = undefined;
      // Others may still be reading from those that are open.
      retired.push(...open.values());
      open = new Map();
      return true;
    },

    async [Symbol.asyncDispose]() {
      await Promise.all([...open.values(), ...retired].map(async (dispatcher) => await dispatcher.destroy()));
    },
  };
}
