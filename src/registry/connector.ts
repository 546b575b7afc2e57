import type { OnReadOpts, Socket } from "node:net";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import { openSocket } from "../http/socket.ts";
import { isUnknownIssuer } from "./certificateError.ts";
import type { TrustSettings } from "./certificates.ts";

export interface ConnectOptions {
  readonly onread: OnReadOpts;
  readonly signal: AbortSignal;
  /** Opens a socket that leads there already, in place of a new connection. */
  readonly openTunnel?: () => Promise<Socket>;
}

/** Connects to the server of an address, with TLS where its protocol says so. */
export type Connect = (url: URL, options: ConnectOptions) => Promise<Socket>;

/**
 * Trusts first whom Node trusts. Only when that does not do, the system's certificates and those of the settings count
 * as well, from then on: reading them takes 40 ms on Linux and more elsewhere, and few need them.
 *
 * @param timeout milliseconds.
 */
export function openConnector({ ca = () => [], insecure = () => false }: TrustSettings, timeout: number): Connect {
  let widened: SecureContext | undefined;

  return async (url, { onread, signal, openTunnel }) => {
    const secure = url.protocol === "https:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
    const open = async (tls?: { secureContext?: SecureContext | undefined; rejectUnauthorized?: boolean }) => {
      const over = await openTunnel?.();
      return await openSocket({
        host,
        port,
        onread,
        timeout,
        signal,
        ...(tls === undefined ? {} : { tls: { ...tls, over } }),
      });
    };
    if (!secure) return await open();
    if (insecure(url.host)) return await open({ rejectUnauthorized: false });
    const first = widened;
    try {
      return await open({ secureContext: first });
    } catch (error) {
      if (first !== undefined || !isUnknownIssuer(error)) throw error;
      widened ??= trustAll(ca());
      return await open({ secureContext: widened });
    }
  };
}

function trustAll(ca: readonly string[]): SecureContext {
  // What cannot be read among them is passed over.
  const known = [...getCACertificates("default"), ...getCACertificates("system"), ...ca];
  return createSecureContext({ ca: [...new Set(known)] });
}
