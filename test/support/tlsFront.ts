import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createServer } from "node:tls";
import type { Certificates } from "./certificates.ts";

export interface TlsFront extends AsyncDisposable {
  readonly port: number;
}

/** Speaks TLS in front of a server on loopback that does not. */
export async function startTlsFront(address: string, { cert, key }: Certificates): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  const server = createServer({ cert, key }, (socket) => {
    const upstream = connect(Number(address.split(":")[1]), "127.0.0.1");
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on("error", () => undefined);
    }
    socket.pipe(upstream);
    upstream.pipe(socket);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
