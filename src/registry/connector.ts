import type { Socket } from "node:net";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import { buildConnector } from "undici";
import type { TrustSettings } from "./certificates.ts";
import { isUnknownIssuer } from "./certificateError.ts";

/** Connects to a server, with TLS where its protocol says so, over a socket that leads there already or a new one. */
export type Connect = (target: buildConnector.Options, openSocket?: () => Promise<Socket>) => Promise<Socket>;

/**
 * Trusts first whom Node trusts. Only when that does not do, the system's certificates and those of the settings count
 * as well, from then on: reading them takes 40 ms on Linux and more elsewhere, and few need them.
 */
export function openConnector({ ca = [], insecure = () => false }: TrustSettings, timeout: number): Connect {
  // HTTP/2 through undici is many times slower than HTTP/1.1: its window is small and never grows.
  const build = (options: { secureContext?: SecureContext; rejectUnauthorized?: boolean }): Connect =>
    promised(buildConnector({ timeout, allowH2: false, ...options }));
  const usual = build({});
  const unseen = build({ rejectUnauthorized: false });
  let widened: Connect | undefined;

  return async (target, openSocket) => {
    if (target.protocol !== "https:") return await usual(target, openSocket);
    if (insecure(target.host ?? target.hostname)) return await unseen(target, openSocket);
    const first = widened ?? usual;
    try {
      return await first(target, openSocket);
    } catch (error) {
      if (first !== usual || !isUnknownIssuer(error)) throw error;
      widened ??= build({ secureContext: trustAll(ca) });
      return await widened(target, openSocket);
    }
  };
}

function trustAll(ca: readonly string[]): SecureContext {
  // What cannot be read among them is passed over.
  const known = [...getCACertificates("default"), ...getCACertificates("system"), ...ca];
  return createSecureContext({ ca: [...new Set(known)] });
}

function promised(connect: buildConnector.connector): Connect {
  return async (target, openSocket) => {
    const options = openSocket === undefined ? target : { ...target, httpSocket: await openSocket() };
    return await new Promise((resolve, reject) => {
      connect(options, (...[error, socket]) => {
        if (error === null) resolve(socket);
        else reject(error);
      });
    });
  };
}
