import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import type { LogEvent, RequestEvent } from "../../../../src/server/gateway/watch/requestLog.ts";
import { type Gateway, type GatewayOptions, startGateway } from "../../../../src/server/gateway/server.ts";
import { openSampleShelf, sampleCatalog } from "../../../support/sampleCatalog.ts";
import { temporaryDirectory } from "../../../support/temporary.ts";

export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly events: readonly LogEvent[];
  /** Requests that were logged, as status and target. */
  requests(): readonly string[];
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Sends these bytes on a connection of its own. @returns all that comes back until it is closed. */
  say(words: string): Promise<string>;
}

/** A gateway on loopback, before a shelf that is a memory, without limits that a test would run into. */
export async function openGateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  const folder = await temporaryDirectory();
  const events: LogEvent[] = [];
  const gateway = await startGateway({
    shelf: openSampleShelf(sampleCatalog()),
    source: "registry.example/app",
    cache: { directory: join(folder.path, "cache"), limit: 2 ** 30 },
    refresh: 60_000,
    limits: { rate: 100_000, downloads: 100, allDownloads: 100 },
    proxies: undefined,
    redirect: false,
    residentBytes: () => 100_000_000,
    log: (event) => events.push(event),
    ...options,
  });
  return {
    gateway,
    events,
    requests: () => events.filter(isRequest).map(({ status, target }) => `${status} ${target}`),
    get: async (path, headers = {}) => await fetch(`${gateway.url}${path}`, { headers, redirect: "manual" }),
    say: async (words) => await converse(gateway.port, words),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function converse(port: number, words: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let heard = "";
  socket.on("data", (bytes) => (heard += bytes.toString("latin1")));
  // A connection that is cut off is what some of the tests are about.
  socket.on("error", () => undefined);
  socket.write(words, "latin1");
  await once(socket, "close");
  return heard;
}

function isRequest(event: LogEvent): event is RequestEvent {
  return event.event === "request";
}
