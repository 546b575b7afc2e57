import type { BlockList, Socket } from "node:net";
import { clientAddress, holds, visitorOf } from "./address.ts";

export interface DoorwayOptions {
  /** Connections of one visitor at once. */
  readonly each: number;
  /** Who has connections for others; undefined when nobody has. */
  readonly proxies: BlockList | undefined;
  readonly onRefusal: () => void;
}

/** Connections that are open, those in the middle of a handshake included. */
export interface Doorway {
  readonly open: ReadonlySet<Socket>;
  /** Lets a connection in, or closes it because its visitor has too many. */
  readonly admit: (socket: Socket) => boolean;
}

export function openDoorway({ each, proxies, onRefusal }: DoorwayOptions): Doorway {
  const open = new Set<Socket>();
  const counts = new Map<string, number>();

  function add(visitor: string, change: number): void {
    const count = (counts.get(visitor) ?? 0) + change;
    if (count === 0) counts.delete(visitor);
    else counts.set(visitor, count);
  }

  return {
    open,
    admit(socket) {
      const address = clientAddress(
        { peer: socket.remoteAddress, xForwardedFor: undefined, forwarded: undefined },
        undefined,
      );
      const visitor = visitorOf(address);
      const isProxy = proxies !== undefined && holds(proxies, address);
      if (!isProxy && (counts.get(visitor) ?? 0) >= each) {
        socket.destroy();
        onRefusal();
        return false;
      }
      open.add(socket);
      add(visitor, 1);
      socket.once("close", () => {
        open.delete(socket);
        add(visitor, -1);
      });
      return true;
    },
  };
}
