import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createServer, type SecureVersion } from "node:tls";
import type { Certificates } from "./certificates.ts";

export interface TlsFront extends AsyncDisposable {
  readonly port: number;
  /** Of each connection, whether it takes up the session of an earlier one. */
  readonly resumed: boolean[];
}

/** Speaks TLS in front of a server on loopback that does not. */
export async function startTlsFront(
  address: string,
  { cert, key }: Certificates,
  maxVersion?: SecureVersion,
): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  const resumed: boolean[] = [];
  const server = createServer({ cert, key, ...(maxVersion === undefined ? {} : { maxVersion }) }, (socket) => {
    resumed.push(socket.isSessionReused());
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
    resumed,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
