import type { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import { formatError } from "../../errors.ts";
import { formatAddress, listen } from "../listen.ts";
import { type CertificateFiles, type CertificateWatch, openCertificate } from "./certificate.ts";
import { openConnections, type Timeouts, TIMEOUTS } from "./connections.ts";
import { handle } from "./handle.ts";
import { type DeskOptions, openDesk } from "./openDesk.ts";
import { openDoorway } from "./visitors/doorway.ts";

export interface GatewayOptions extends DeskOptions {
  /** Default 127.0.0.1: nobody else can reach it. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Without it, TLS is a proxy's. */
  readonly tls?: CertificateFiles;
  /** At once. Default 2000. */
  readonly connections?: number;
  /** Of one visitor at once. Default 100, or as many as their downloads need. */
  readonly connectionsEach?: number;
  readonly timeouts?: Timeouts;
}

export interface Gateway extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Reads certificate and catalog again. What is of no use is logged, and what was there before stays. */
  reload(): Promise<void>;
  /** Lets running downloads come to their end for so many milliseconds, then cuts them. A second call may shorten it. */
  stop(options: { readonly grace: number }): Promise<void>;
}

const DEFAULT_CONNECTIONS = 2000;
const DEFAULT_CONNECTIONS_EACH = 100;
const CERTIFICATE_CHECK_MS = 60_000;
// Any longer, and Node's timers fire at once.
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Starts handing out what a shelf offers: a page, and files under addresses that stay.
 *
 * @throws AppError when the port is taken, the certificate is none, or there is nothing to offer.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host = "127.0.0.1", tls, log } = options;
  const certificate = tls === undefined ? undefined : await openCertificate(tls);
  let stopping: Promise<void> | undefined;
  const open = new Set<Socket>();
  const desk = await openDesk(options, {
    isStopping: () => stopping !== undefined,
    connections: () => doorway.open.size,
  });
  const doorway = openDoorway({
    each: options.connectionsEach ?? Math.max(DEFAULT_CONNECTIONS_EACH, 2 * options.limits.downloads),
    proxies: desk.proxies,
    onRefusal: () => desk.metrics.countRefusal("connections"),
  });
  const { server, closeUnanswered } = openConnections({
    certificate: certificate?.current,
    timeouts: options.timeouts ?? TIMEOUTS,
    most: options.connections ?? DEFAULT_CONNECTIONS,
    admit: doorway.admit,
    onRequest(request, response) {
      // One that is kept for the next request would keep us from ending.
      response.once("finish", () => stopping !== undefined && request.socket.end());
      handle(desk, request, response).catch((error: unknown) => {
        log({ event: "error", message: formatError(error) });
        response.destroy();
      });
    },
    onNonsense: (status) =>
      desk.metrics.count({ route: "none", status, bytes: 0, coding: "identity", aborted: undefined }),
  });
  server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  const port = await listen(server, { host, port: options.port ?? 0 }).catch(async (error: unknown) => {
    await desk[Symbol.asyncDispose]();
    throw error;
  });
  // Too many open files, for example: the next visitor may find room again.
  server.on("error", (error) => log({ event: "error", message: formatError(error) }));
  const check = setInterval(() => void renew({ onlyChanged: true }), CERTIFICATE_CHECK_MS).unref();

  async function renew(how: Parameters<CertificateWatch["reload"]>[0]): Promise<void> {
    try {
      const renewed = await certificate?.reload(how);
      if (renewed === undefined) return;
      (server as TlsServer).setSecureContext({ ...renewed, minVersion: "TLSv1.2" });
      log({ event: "certificate", message: "it was read again" });
    } catch (error) {
      log({ event: "certificate", message: `the one before is used on: ${formatError(error)}` });
    }
  }

  async function stop({ grace }: { readonly grace: number }): Promise<void> {
    if (stopping === undefined)
      log({ event: "stop", message: `downloads have ${Math.round(grace / 1000)} s to come to their end` });
    stopping ??= close();
    const cut = setTimeout(() => server.closeAllConnections(), Math.min(grace, LONGEST_MS));
    await stopping;
    clearTimeout(cut);
  }

  async function close(): Promise<void> {
    clearInterval(check);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Node's own closeIdleConnections waits for a first request that was only begun, and knows of no handshakes.
    closeUnanswered(doorway.open);
    await closed;
    // A server is closed before its last connections say that they are, and only then is known who was cut off.
    await Promise.all([...open].map(async (socket) => await new Promise((resolve) => socket.once("close", resolve))));
    await desk[Symbol.asyncDispose]();
  }

  const url = `${tls === undefined ? "http" : "https"}://${formatAddress(host, port)}`;
  log({ event: "start", message: `listening at ${url}` });
  return {
    url,
    port,
    stop,
    async reload() {
      await Promise.all([renew({ onlyChanged: false }), desk.offer.refresh()]);
    },
    [Symbol.asyncDispose]: async () => await stop({ grace: 0 }),
  };
}
