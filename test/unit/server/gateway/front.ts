import { createServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Download } from "../../../../src/release/download.ts";
import { deliver, type DeliverOptions, type Delivery } from "../../../../src/server/gateway/delivery/deliver.ts";
import type { Contents } from "../../../../src/server/gateway/contents/contents.ts";

export interface Front extends AsyncDisposable {
  readonly url: string;
  /** In the order of their requests. */
  readonly responses: readonly ServerResponse[];
  /** The n-th request's end, from 0. */
  delivery(index: number): Promise<Delivery>;
  /** A connection of its own, on which the request was sent and nothing has been read. */
  ask(head: string): Promise<Socket>;
}

/** A bare server that gives one file at every address. */
export async function openFront(
  contents: Contents,
  download: Download,
  options: Partial<DeliverOptions> = {},
): Promise<Front> {
  const deliveries: Promise<Delivery>[] = [];
  const responses: ServerResponse[] = [];
  let arrival = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    responses.push(response);
    const defaults = { caching: "immutable", contents, redirect: false, stallTimeout: 60_000 } as const;
    deliveries.push(deliver({ request, response }, download, { ...defaults, ...options }));
    arrival.resolve();
    arrival = Promise.withResolvers();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/1.0.0/linux-amd64`,
    responses,
    async delivery(index) {
      while (deliveries.length <= index) await arrival.promise;
      return await deliveries[index]!;
    },
    async ask(head) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      await once(socket, "connect");
      socket.pause();
      socket.write(`${head}\r\nHost: x\r\n\r\n`);
      return socket;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
