import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Has the requests of a connection answered one after the other, as their answers travel. */
export interface Turns {
  readonly take: RequestListener;
  /** Whether an answer is under way. */
  isAnswering(socket: Duplex): boolean;
  /** The connections of which this is so. */
  answering(): Iterable<Socket>;
}

type Turn = readonly [request: IncomingMessage, response: ServerResponse];

// Browsers send none before they have the answer. What waits is memory, which the visitor has not paid for yet.
const MOST_WAITING = 32;

/**
 * An answer that is begun before its turn would hold what it needs until those before it have been read, and Node does
 * not tell it when the connection is gone.
 */
export function openTurns(answer: RequestListener): Turns {
  /** What waits, for each connection with an answer under way. */
  const queues = new Map<Socket, Turn[]>();

  function begin([request, response]: Turn): void {
    response.once("close", () => goOn(request.socket));
    answer(request, response);
  }

  function goOn(socket: Socket): void {
    const next = queues.get(socket)?.shift();
    if (next !== undefined && socket.writable) begin(next);
    else queues.delete(socket);
  }

  return {
    take(request, response) {
      const { socket } = request;
      const queue = queues.get(socket);
      if (queue === undefined) {
        queues.set(socket, []);
        begin([request, response]);
      } else if (queue.length < MOST_WAITING) queue.push([request, response]);
      else socket.destroy();
    },
    isAnswering: (socket) => queues.has(socket as Socket),
    answering: () => queues.keys(),
  };
}
