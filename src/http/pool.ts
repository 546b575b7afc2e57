import type { OnReadOpts, Socket } from "node:net";
import { type Answer, type Connection, type ConnectionLimits, openConnection, type WireRequest } from "./connection.ts";
import { HttpFault } from "./fault.ts";

/** One way to one server. */
export interface Way {
  /** Connections of the same name are shared. */
  readonly name: string;
  connect(onread: OnReadOpts, signal: AbortSignal): Promise<Socket>;
}

/** Connections, opened as they are needed and used again while they are free. */
export interface Pool extends Disposable {
  send(way: Way, request: WireRequest): Promise<Answer>;
}

export function openPool(limits: ConnectionLimits): Pool {
  const free = new Map<string, Connection[]>();
  const all = new Set<Connection>();
  const closing = new AbortController();

  const take = async (way: Way, signal: AbortSignal | undefined): Promise<Connection> => {
    const { name } = way;
    // The one that was used last is the one that is least likely to have been closed meanwhile.
    const used = free.get(name)?.pop();
    if (used !== undefined) return used;
    const either = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
    const connection = await openConnection(async (onread) => await way.connect(onread, either), limits, {
      onFree: (connection) => free.set(name, [...(free.get(name) ?? []), connection]),
      onGone(connection) {
        all.delete(connection);
        free.set(name, free.get(name)?.filter((other) => other !== connection) ?? []);
      },
    });
    all.add(connection);
    // Closed in the moment in which it was connected.
    if (closing.signal.aborted) connection.destroy(closing.signal.reason as Error);
    return connection;
  };

  return {
    async send(way, request) {
      closing.signal.throwIfAborted();
      request.signal?.throwIfAborted();
      return await (await take(way, request.signal)).send(request);
    },
    [Symbol.dispose]() {
      const reason = new HttpFault("HTTP_CLOSED", "the client was closed");
      closing.abort(reason);
      for (const connection of all) connection.destroy(reason);
    },
  };
}
