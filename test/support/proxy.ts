import { once } from "node:events";
import { createServer, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ForwardProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** `CONNECT host:port`, or `GET http://...`. */
  readonly log: string[];
}

export interface ProxyOptions {
  /** What it wants as Basic credentials, `name:password`. */
  readonly login?: string;
  /** Where a host is really to be found; by itself unless given. A number is the status of a refusal. */
  readonly route?: (target: string) => { readonly port: number } | number | undefined;
}

/** A forward proxy as companies have them: tunnels for https, whole addresses for http. */
export async function startProxy({ login, route = () => undefined }: ProxyOptions = {}): Promise<ForwardProxy> {
  const log: string[] = [];
  const sockets = new Set<Socket>();
  const allowed = (header: string | undefined): boolean =>
    login === undefined || header === `Basic ${Buffer.from(login).toString("base64")}`;
  const server = createServer((incoming, response) => {
    log.push(`${incoming.method} ${incoming.url}`);
    if (!allowed(incoming.headers["proxy-authorization"])) {
      response.writeHead(407, { "proxy-authenticate": 'Basic realm="test"' }).end();
      return;
    }
    const url = new URL(incoming.url ?? "");
    const { "proxy-authorization": _, ...headers } = incoming.headers;
    const forwarded = request(url, { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", () => response.writeHead(502).end());
    incoming.pipe(forwarded);
  });
  server.on("connect", (incoming, socket: Socket, head) => {
    const target = incoming.url ?? "";
    log.push(`CONNECT ${target}`);
    sockets.add(socket);
    socket.on("error", () => undefined);
    if (!allowed(incoming.headers["proxy-authorization"])) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n');
      return;
    }
    const routed = route(target);
    if (typeof routed === "number") {
      socket.end(`HTTP/1.1 ${routed} No\r\n\r\n`);
      return;
    }
    const [host = "", port = "443"] = target.split(":");
    const upstream = connect(routed?.port ?? Number(port), routed === undefined ? host : "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
