import { readFile, stat } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const TYPES: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".png", "image/png"],
  [".svg", "image/svg+xml"],
  [".json", "application/json"],
]);

export interface StaticServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/`. */
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly log: string[];
}

/** As plain a web space as there is: sends files, and `index.html` for a folder. */
export async function serveFolder(directory: string): Promise<StaticServer> {
  const log: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://static.invalid").pathname);
    log.push(path);
    void answer(join(directory, path), response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    log,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(wanted: string, response: ServerResponse): Promise<void> {
  try {
    const file = (await stat(wanted)).isDirectory() ? join(wanted, "index.html") : wanted;
    const content = await readFile(file);
    response.writeHead(200, { "content-type": TYPES.get(extname(file)) ?? "application/octet-stream" });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}
