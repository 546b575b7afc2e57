import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";
import { HttpFault } from "./fault.ts";

export interface SocketOptions {
  /** A name or an address, IPv6 too without brackets. */
  readonly host: string;
  readonly port: number;
  /** Speaks TLS. */
  readonly tls?: {
    /** What Node trusts, unless given. */
    readonly secureContext?: SecureContext | undefined;
    /** Default true. */
    readonly rejectUnauthorized?: boolean | undefined;
    /** Of an earlier connection to the same server, to be taken up again (RFC 8446 section 2.2). */
    readonly session?: Buffer | undefined;
    /** One that leads there already. */
    readonly over?: Socket | undefined;
  };
  /** Only without `over`. */
  readonly onread: OnReadOpts;
  /** Milliseconds until it is connected, with the handshake. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

const KEEP_ALIVE_PROBE_MS = 60_000;

/** Connects. @throws HttpFault `HTTP_TIMEOUT`, the signal's reason, and what the system or TLS says. */
export async function openSocket(options: SocketOptions): Promise<Socket> {
  const { signal, timeout } = options;
  if (signal.aborted) options.tls?.over?.destroy();
  signal.throwIfAborted();
  const socket = start(options);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new HttpFault("HTTP_TIMEOUT", "no connection in time")), timeout);
  const onAbort = (): void => reject(signal.reason);
  const onClose = (): void => reject(new HttpFault("HTTP_CUT", "the other side closed the connection"));
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("error", reject);
  socket.once("close", onClose);
  socket.once(options.tls === undefined ? "connect" : "secureConnect", resolve);
  try {
    await promise;
    return socket;
  } catch (error) {
    socket.on("error", () => undefined).destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    socket.off("error", reject).off("close", onClose);
  }
}

function start({ host, port, tls, onread }: SocketOptions): Socket {
  const tcp = { host, port, onread, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS };
  if (tls === undefined) return connectTcp(tcp);
  const { secureContext, rejectUnauthorized = true, session, over } = tls;
  return connectTls({
    ...(over === undefined ? tcp : { socket: over, host }),
    // HTTP/2 would be another protocol, and not a faster one for a few large bodies.
    ALPNProtocols: ["http/1.1"],
    // RFC 6066 section 3: addresses are not names.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized,
    ...(secureContext === undefined ? {} : { secureContext }),
    ...(session === undefined ? {} : { session }),
  });
}
