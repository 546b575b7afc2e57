import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface RangeFront extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** The Range of each request for a blob, or undefined where it wanted all of it. */
  readonly ranges: readonly (string | undefined)[];
  /** The most connections that there were at once. */
  mostConnections(): number;
  /** From now on a whole blob stops after so many bytes until two parts of it have been asked for. */
  holdAt(bytes: number): void;
}

/** Stands in front of a registry on loopback and writes down in which parts blobs are asked for. */
export async function startRangeFront(registry: string): Promise<RangeFront> {
  const ranges: (string | undefined)[] = [];
  let connections = 0;
  let most = 0;
  let hold = Number.POSITIVE_INFINITY;
  let parts = 0;
  let letGo = (): void => undefined;

  const server = createServer((incoming, response) => {
    const { method, headers, url = "/" } = incoming;
    const blob = method === "GET" && url.includes("/blobs/");
    if (blob) {
      ranges.push(headers.range);
      parts = headers.range === undefined ? 0 : parts + 1;
      if (parts === 2) letGo();
    }
    const forwarded = request(`http://${registry}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (blob && headers.range === undefined) void passOn(answer, response).catch(() => response.destroy());
      else answer.pipe(response);
    });
    forwarded.on("error", () => response.destroy());
    response.on("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
  });

  async function passOn(answer: IncomingMessage, response: ServerResponse): Promise<void> {
    const enough = new Promise<void>((resolve) => (letGo = resolve));
    let passed = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (passed + chunk.byteLength > hold) await enough;
      passed += chunk.byteLength;
      if (!response.write(chunk)) await once(response, "drain");
    }
    response.end();
  }

  server.on("connection", (socket) => {
    connections += 1;
    most = Math.max(most, connections);
    socket.on("close", () => (connections -= 1));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ranges,
    mostConnections: () => most,
    holdAt(bytes) {
      hold = bytes;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
