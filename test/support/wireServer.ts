import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface WireServer extends AsyncDisposable {
  readonly port: number;
  /** What each connection has sent so far, in the order in which they came. */
  readonly received: readonly string[];
}

/** A server that knows nothing of HTTP: it does with each connection what the test says. */
export async function startWireServer(play: (socket: Socket) => unknown): Promise<WireServer> {
  const sockets = new Set<Socket>();
  const received: string[] = [];
  const server = createServer((socket) => {
    const connection = received.push("") - 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => void (received[connection] += bytes.toString("latin1")));
    // Whoever goes away in the middle of a play is what many tests are about.
    Promise.resolve(play(socket)).catch(() => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Answers each request's head with these bytes. */
export function answering(answer: string): (socket: Socket) => void {
  return (socket) => socket.on("data", (bytes) => bytes.includes("\r\n\r\n") && socket.write(answer, "latin1"));
}
