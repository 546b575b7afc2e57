import type { OnReadOpts, Socket } from "node:net";
import { HttpFault, malformed } from "./fault.ts";
import { type Framing, idleTime } from "./framing.ts";
import { formatHead, type RequestHead, type ResponseHead } from "./head.ts";
import { type Inbox, openInbox } from "./inbox.ts";
import { openReception, type Reception } from "./reception.ts";

export interface WireRequest extends RequestHead {
  readonly body?: Uint8Array | Outgoing | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without any progress until the answer begins. */
  readonly answerTimeout: number;
}

/** A body that is made as it is sent. */
export interface Outgoing {
  /** Bytes: what the request's content-length says. */
  readonly length: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface Answer extends ResponseHead {
  /** To be read to its end or left (`return`), so that the connection can be used again or goes. */
  readonly body: AsyncIterable<Uint8Array>;
  /** After a CONNECT that succeeded: the way through. */
  readonly tunnel?: Socket;
}

export interface ConnectionLimits {
  /** Milliseconds without a byte of a body that somebody waits for. */
  readonly bodyTimeout: number;
  /** Milliseconds that a connection is kept without use. */
  readonly keepAliveTimeout: number;
  readonly maxHeaderSize: number;
}

export interface Connection {
  /** One exchange at a time. Resolves when the answer's head is there. @throws HttpFault, and what the socket says. */
  send(request: WireRequest): Promise<Answer>;
  destroy(reason: Error): void;
}

/** Opens the socket. One that can reads straight into the memory that it is given. */
export type OpenSocket = (onread: OnReadOpts) => Promise<Socket>;

export interface ConnectionEvents {
  /** It may be used again. */
  readonly onFree: (connection: Connection) => void;
  readonly onGone: (connection: Connection) => void;
}

const READ_BYTES = 64 * 1024;

interface Exchange {
  readonly request: WireRequest;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  readonly onAbort: () => void;
  /** Whether all of the request has been handed to the socket. */
  sent: boolean;
  readonly reception: Reception;
  /** Milliseconds that the connection may be kept after it; 0 for not at all. */
  idle: number;
}

/** HTTP/1.1 over one socket (RFC 9112), without pipelining and upgrades. */
export async function openConnection(
  openSocket: OpenSocket,
  limits: ConnectionLimits,
  { onFree, onGone }: ConnectionEvents,
): Promise<Connection> {
  /** What is read here is used up before the next is read. */
  const wire = Buffer.allocUnsafe(READ_BYTES);
  let current: Exchange | undefined;
  let gone = false;
  /** Counts what moves, in either direction. */
  let progress = 0;
  let wake: (() => void) | undefined;

  let ready = false;
  let spokeFirst = false;
  const socket = await openSocket({
    buffer: () => current?.reception.space() ?? wire,
    callback(bytes, memory) {
      if (ready) read(() => (memory === wire ? take(wire.subarray(0, bytes)) : current?.reception.arrived(bytes)));
      else spokeFirst = true;
      return true;
    },
  });
  ready = true;
  if (spokeFirst) {
    socket.on("error", () => undefined).destroy();
    throw malformed("it speaks before it is asked");
  }
  const connection: Connection = { send, destroy: fail };

  // A socket that was there before, and has become a tunnel, reads in its own way.
  const onData = (bytes: Buffer): void => read(() => take(bytes));
  const listeners = {
    data: onData,
    drain: () => wake?.(),
    timeout: onTimeout,
    end: onEnd,
    error: fail,
    close: () => fail(cut()),
  } as const;
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener as () => void);
  socket.setNoDelay(true);
  return connection;

  async function send(request: WireRequest): Promise<Answer> {
    const { signal, body } = request;
    signal?.throwIfAborted();
    if (gone) throw cut();
    const head = formatHead(request);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const exchange: Exchange = {
      request,
      resolve,
      reject,
      onAbort: () => fail(signal?.reason),
      sent: body === undefined || body instanceof Uint8Array,
      reception: openReception({
        method: request.method,
        maxHeaderSize: limits.maxHeaderSize,
        onHead: (head, framing) => beginBody(exchange, head, framing),
        onTunnel: (head, rest) => giveAway(exchange, head, rest),
        onWhole: finish,
      }),
      idle: 0,
    };
    current = exchange;
    signal?.addEventListener("abort", exchange.onAbort, { once: true });
    socket.ref();
    socket.setTimeout(request.answerTimeout);
    if (body === undefined) socket.write(head, "latin1");
    else if (body instanceof Uint8Array) together(head, body);
    else sendBody(exchange, head, body).catch((error: unknown) => current === exchange && fail(error));
    return await promise;
  }

  async function sendBody(exchange: Exchange, head: string, { length, open }: Outgoing): Promise<void> {
    let left = length;
    let begun = false;
    for await (const chunk of open()) {
      // Answered before all of it was sent, or over.
      if (current !== exchange || isRefused(exchange)) return;
      if (chunk.byteLength > left) break;
      left -= chunk.byteLength;
      // The answer may come before the content says that it is at its end.
      exchange.sent = left === 0;
      const room = begun ? socket.write(chunk) : together(head, chunk);
      begun = true;
      progress += 1;
      if (!room && left > 0) await drained();
    }
    if (current !== exchange || isRefused(exchange)) return;
    if (left > 0) throw new HttpFault("HTTP_BODY_LENGTH", `the body is not of the ${length} bytes that were announced`);
    if (!begun) socket.write(head, "latin1");
    exchange.sent = true;
  }

  /** In one packet, where it fits. */
  function together(head: string, body: Uint8Array): boolean {
    socket.cork();
    socket.write(head, "latin1");
    const room = socket.write(body);
    socket.uncork();
    return room;
  }

  async function drained(): Promise<void> {
    await new Promise<void>((resolve) => (wake = resolve));
    wake = undefined;
    progress += 1;
  }

  function read(work: () => void): void {
    progress += 1;
    try {
      work();
    } catch (error) {
      fail(error);
    }
    if (current?.reception.inbox?.full === true) {
      socket.pause();
      // Who does not read is not waited for.
      socket.setTimeout(0);
    }
  }

  function take(bytes: Buffer): void {
    let rest = bytes;
    while (rest.byteLength > 0) {
      // Given away, or closed in the middle.
      if (gone) return;
      if (current === undefined) throw malformed("more than was asked for");
      rest = current.reception.take(rest);
    }
  }

  function beginBody(exchange: Exchange, head: ResponseHead, framing: Framing): Inbox {
    const inbox = openInbox({
      expected: framing.kind === "length" ? framing.length : undefined,
      onSpace() {
        if (current !== exchange) return;
        socket.setTimeout(limits.bodyTimeout);
        socket.resume();
      },
      onAbandoned: () => current === exchange && fail(new HttpFault("HTTP_CLOSED", "nobody reads the answer")),
    });
    exchange.idle = idleTime(head, framing, limits.keepAliveTimeout);
    socket.setTimeout(limits.bodyTimeout);
    // Refused in the middle of its body: nothing more is sent.
    if (!exchange.sent) wake?.();
    exchange.resolve({ ...head, body: inbox.body });
    return inbox;
  }

  /** The answer is whole. */
  function finish(): void {
    const { sent, idle, reception } = release();
    reception.inbox?.end();
    if (!sent || idle === 0) return close();
    socket.setTimeout(idle);
    if (socket.isPaused()) socket.resume();
    socket.unref();
    onFree(connection);
  }

  /** RFC 9110 section 9.3.6: from here on it is somebody else's socket. */
  function giveAway(exchange: Exchange, head: ResponseHead, rest: Buffer): void {
    release();
    gone = true;
    for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener as () => void);
    // What goes wrong with it ends the tunnel, which says so.
    socket.on("error", () => undefined);
    socket.setTimeout(0);
    socket.pause();
    // A copy: the memory is used again.
    if (rest.byteLength > 0) socket.unshift(Buffer.from(rest));
    onGone(connection);
    exchange.resolve({ ...head, body: noBody(), tunnel: socket });
  }

  function release(): Exchange {
    const exchange = current as Exchange;
    exchange.request.signal?.removeEventListener("abort", exchange.onAbort);
    current = undefined;
    wake?.();
    return exchange;
  }

  function fail(error: unknown): void {
    if (current !== undefined) {
      const { reception, reject } = release();
      if (reception.inbox === undefined) reject(error);
      else reception.inbox.fail(error);
    }
    close();
  }

  function close(): void {
    if (gone) return;
    gone = true;
    socket.destroy();
    onGone(connection);
  }

  function onEnd(): void {
    if (current?.reception.endsWithConnection === true) finish();
    else fail(cut());
  }

  function onTimeout(): void {
    if (current === undefined) return close();
    // Timers come before the network after a long pause of the whole process: what has arrived meanwhile counts.
    const [exchange, before] = [current, progress];
    setImmediate(() => {
      if (current === exchange && progress === before) fail(new HttpFault("HTTP_TIMEOUT", "nothing came for too long"));
    });
  }
}

/** Whether the server answered before it had all of the body. */
function isRefused({ sent, reception }: Exchange): boolean {
  return !sent && reception.inbox !== undefined;
}

async function* noBody(): AsyncGenerator<Uint8Array> {
  // Nothing.
}

function cut(): HttpFault {
  return new HttpFault("HTTP_CUT", "the other side closed the connection");
}
