import type { OnReadOpts, Socket } from "node:net";
import { createSecureContext, getCACertificates, type SecureContext, TLSSocket } from "node:tls";
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
  // Of servers whose certificates were found good: the next connection saves proving it, and a round trip or two.
  const sessions = new Map<string, Buffer>();

  return async (url, { onread, signal, openTunnel }) => {
    const secure = url.protocol === "https:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
    const open = async (tls?: { secureContext?: SecureContext | undefined; rejectUnauthorized?: boolean }) => {
      const over = await openTunnel?.();
      if (tls === undefined) return await openSocket({ host, port, onread, timeout, signal });
      const session = sessions.get(url.host);
      const socket = await openSocket({ host, port, onread, timeout, signal, tls: { ...tls, session, over } });
      if (socket instanceof TLSSocket) keepSessions(url.host, socket);
      return socket;
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

  function keepSessions(server: string, socket: TLSSocket): void {
    const keep = (session: Buffer | undefined): void => void (session && sessions.set(server, session));
    // TLS 1.3 gives them later, 1.2 has one by now.
    if (socket.getProtocol() !== "TLSv1.3") keep(socket.getSession());
    socket.on("session", keep);
  }
}

function trustAll(ca: readonly string[]): SecureContext {
  // What cannot be read among them is passed over.
  const known = [...getCACertificates("default"), ...getCACertificates("system"), ...ca];
  return createSecureContext({ ca: [...new Set(known)] });
}
