import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificates } from "./certificates.ts";
import { startProxy } from "./proxy.ts";
import type { Exchange } from "./transcript.ts";

export interface Replay extends AsyncDisposable {
  /** The proxy through which every host of the transcript is reached. */
  readonly proxy: string;
  /** Requests that the transcript does not have, or not so often, and those that never came. */
  problems(): string[];
}

/** Plays a transcript back: a proxy, and behind it one TLS server that is every host by name. */
export async function startReplay(exchanges: readonly Exchange[], { cert, key }: Certificates): Promise<Replay> {
  const unexpected: string[] = [];
  const used = new Set<Exchange>();
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      const body = Buffer.concat(chunks);
      const exchange = exchanges.find(
        (candidate) => (candidate.times !== "once" || !used.has(candidate)) && fits(candidate, request, body),
      );
      if (exchange === undefined) {
        unexpected.push(describeRequest(request));
        response.writeHead(599).end();
        return;
      }
      used.add(exchange);
      answer(exchange, response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy = await startProxy({ route: () => ({ port }) });
  return {
    proxy: `http://${proxy.address}`,
    problems: () => [
      ...unexpected.map((line) => `not in the transcript: ${line}`),
      ...exchanges
        .filter((exchange) => exchange.times !== "any" && !used.has(exchange))
        .map(({ method, url }) => `never asked: ${method} ${url.href}`),
    ],
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function fits({ method, url, wanted, wantedBody }: Exchange, request: IncomingMessage, body: Buffer): boolean {
  const asked = urlOf(request);
  if (method !== request.method || url.host !== asked.host || !isPath(url.pathname, decodeURIComponent(asked.pathname)))
    return false;
  if (decodeURIComponent(url.search) !== decodeURIComponent(asked.search)) return false;
  if (!body.includes(wantedBody)) return false;
  return [...wanted].every(([name, text]) => {
    const given = request.headers[name];
    return text === "-" ? given === undefined : String(given ?? "").includes(text);
  });
}

function isPath(pattern: string, path: string): boolean {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

function urlOf(request: IncomingMessage): URL {
  return new URL(request.url ?? "/", `https://${request.headers.host}`);
}

function describeRequest(request: IncomingMessage): string {
  const { authorization = "-", accept = "-" } = request.headers;
  return `${request.method} ${urlOf(request).href} authorization: ${authorization} accept: ${accept}`;
}

function answer({ method, status, headers, body }: Exchange, response: ServerResponse): void {
  for (const [name, value] of headers) response.appendHeader(name, value);
  const bytes = Buffer.from(body);
  const said = headers.some(([name]) => name === "content-length" || name === "transfer-encoding");
  if (!said && method !== "HEAD") response.setHeader("content-length", bytes.length);
  response.writeHead(status);
  response.end(method === "HEAD" ? undefined : bytes);
}
