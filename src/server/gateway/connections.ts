import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Certificate } from "./certificate.ts";
import { openTurns } from "./turns.ts";

export interface Timeouts {
  /** Milliseconds within which the head of a request has to be there. */
  readonly head: number;
  /** Milliseconds that a connection is kept for the next request. */
  readonly idle: number;
  /** Milliseconds after which a connection on which nothing moves is closed. */
  readonly still: number;
}

export const TIMEOUTS: Timeouts = { head: 10_000, idle: 10_000, still: 120_000 };

export interface ConnectionsOptions {
  readonly certificate: Certificate | undefined;
  readonly timeouts: Timeouts;
  /** Connections at once; what is more is closed at once. */
  readonly most: number;
  /** Lets a connection in, or has closed it. */
  readonly admit: (socket: Socket) => boolean;
  readonly onRequest: RequestListener;
  /** What came is no HTTP, or never came to its end. */
  readonly onNonsense: (status: number, socket: Duplex) => void;
}

// RFC 6585 and others set no limit; Node's own is the same, and browsers stay far below.
const MAX_HEADER_BYTES = 16 * 1024;
// A browser makes a handful.
const MAX_REQUESTS_PER_CONNECTION = 1000;

export interface Connections {
  /** Does not listen yet. */
  readonly server: Server;
  /** Closes those of these connections on which no answer is under way. */
  readonly closeUnanswered: (open: Iterable<Socket>) => void;
}

/** A server that no client can keep busy with what is no request. */
export function openConnections(options: ConnectionsOptions): Connections {
  const { timeouts, certificate, onRequest } = options;
  const settings: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: timeouts.head,
    // No request has a body.
    requestTimeout: timeouts.head,
    keepAliveTimeout: timeouts.idle,
    connectionsCheckingInterval: Math.ceil(timeouts.head / 4),
    noDelay: true,
  };
  const server: Server =
    certificate === undefined
      ? createServer(settings)
      : createTlsServer({ ...settings, ...certificate, handshakeTimeout: timeouts.head, minVersion: "TLSv1.2" });
  server.maxConnections = options.most;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  server.timeout = timeouts.still;
  // Node's own begin to read, or to shake hands, which is dear.
  const begin = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    if (options.admit(socket)) for (const listener of begin) Reflect.apply(listener, server, [socket]);
  });
  const turns = openTurns(onRequest);
  server.on("request", turns.take);
  // Nobody is told to go on with a body (RFC 9110 section 10.1.1).
  server.on("checkContinue", turns.take);
  server.on("connect", (_request, socket: Duplex) => refuse(socket, 405));
  server.on("clientError", (error: Error & { readonly code?: string }, socket: Duplex) => {
    const status = statusOf(error.code);
    if (status === undefined) socket.destroy();
    else refuse(socket, status);
  });
  return {
    server,
    closeUnanswered(open) {
      const answering = new Set(Array.from(turns.answering(), endsOf));
      for (const socket of open) if (!answering.has(endsOf(socket))) socket.destroy();
    },
  };

  function refuse(socket: Duplex, status: number): void {
    // In the middle of another answer it would be a part of that one.
    if (turns.isAnswering(socket) || !socket.writable) {
      socket.destroy();
      return;
    }
    options.onNonsense(status, socket);
    const allow = status === 405 ? "Allow: GET, HEAD\r\n" : "";
    socket.on("error", () => undefined);
    socket.end(
      `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\nConnection: close\r\nContent-Length: 0\r\n${allow}\r\n`,
      () => socket.destroy(),
    );
  }
}

/** What a connection and the TLS on it have in common. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  431: "Request Header Fields Too Large",
};

/** @returns undefined for a client that is gone, or never spoke HTTP. */
function statusOf(code: string | undefined): number | undefined {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return 431;
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return 413;
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return 408;
    default:
      return code?.startsWith("HPE_") === true ? 400 : undefined;
  }
}
