import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** `METHOD path` of each request, with its Authorization header where there was one. */
  readonly log: string[];
  /** Shows the body of each request from now on. */
  onBody(show: (method: string, body: Buffer) => void): void;
}

/** What a scripted server answers: a status, headers and a body; or the whole exchange by hand. */
export type Script = (request: IncomingMessage, url: URL) => Reply | undefined | ((response: ServerResponse) => void);

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

/** A server that behaves as the test says; 404 for what the script gives no answer to. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const log: string[] = [];
  let show: (method: string, body: Buffer) => void = () => undefined;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://scripted.invalid");
    const { authorization } = request.headers;
    log.push(
      `${request.method} ${url.pathname}${url.search}${authorization === undefined ? "" : ` [${authorization}]`}`,
    );
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      show(request.method ?? "", Buffer.concat(chunks));
      const reply = script(request, url) ?? { status: 404 };
      if (typeof reply === "function") return reply(response);
      const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
      response.writeHead(reply.status ?? 200, {
        ...(body === undefined ? {} : { "content-length": body.byteLength }),
        ...(reply.headers as Record<string, string>),
      });
      response.end(body);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    onBody(next) {
      show = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function json(value: unknown, headers: Reply["headers"] = {}): Reply {
  return { headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}
