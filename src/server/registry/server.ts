import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { formatAddress, listen } from "../listen.ts";
import { type Answer, errorAnswer, jsonAnswer, sendAnswer, SpecError } from "./answer.ts";
import { applyFault, type FaultPlan } from "./faults.ts";
import { dispatch } from "./dispatch.ts";
import { parseRoute } from "./route.ts";
import type { RegistryStorage } from "./storage.ts";

export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of the answer's body. */
  readonly bytes: number;
  readonly authorization: string | undefined;
}

export interface RegistryServerOptions {
  readonly storage: RegistryStorage;
  /** Default 127.0.0.1: nobody else can reach it. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  readonly faults?: FaultPlan;
  /** How the fault `latency` passes its milliseconds. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Gives the WWW-Authenticate header with which a request is refused, or undefined to let it in. */
  readonly authenticate?: (request: {
    readonly method: string;
    readonly path: string;
    readonly authorization: string | undefined;
  }) => string | undefined;
  readonly onRequest?: (record: RequestRecord) => void;
}

export interface RegistryServer extends AsyncDisposable {
  /** As references have it: `127.0.0.1:5000`. */
  readonly address: string;
  readonly url: string;
}

/**
 * Starts an OCI registry: all of distribution-spec 1.1 (pull, push, content discovery, content management).
 *
 * @throws AppError `unavailable` when the port is taken.
 */
export async function startRegistry(options: RegistryServerOptions): Promise<RegistryServer> {
  const { host = "127.0.0.1", port = 0 } = options;
  const counts = new Map<string, number>();
  // Node would end a request after five minutes: a large blob over a slow line takes longer.
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    void serve(options, counts, { request, response }).catch(() => response.destroy());
  });
  const address = formatAddress(host, await listen(server, { host, port }));
  return {
    address,
    url: `http://${address}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve(
  options: RegistryServerOptions,
  counts: Map<string, number>,
  { request, response }: Exchange,
): Promise<void> {
  const method = request.method ?? "GET";
  const url = parseTarget(request.url ?? "/");
  const path = url.pathname;
  const { authorization } = request.headers;
  const key = `${method} ${path}`;
  const earlier = counts.get(key) ?? 0;
  if (options.faults !== undefined) counts.set(key, earlier + 1);

  const honest = async (): Promise<Answer> => await answer(options, request, url);
  const fault = options.faults?.({ method, path: `${path}${url.search}`, authorization, earlier });
  const given =
    fault === undefined ? await honest() : await applyFault(fault, honest, { response, sleep: options.sleep ?? pause });
  if (given === undefined) return;
  response.setHeader("docker-distribution-api-version", "registry/2.0");
  const bytes = await sendAnswer(request, response, given);
  options.onRequest?.({ method, path: `${path}${url.search}`, status: given.status, bytes, authorization });
}

/** What is no URL is a path that leads nowhere. */
function parseTarget(target: string): URL {
  const base = "http://registry.invalid";
  return URL.canParse(target, base) ? new URL(target, base) : new URL(base);
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

async function answer(options: RegistryServerOptions, request: IncomingMessage, url: URL): Promise<Answer> {
  try {
    const method = request.method ?? "GET";
    const { authorization } = request.headers;
    const challenge = options.authenticate?.({ method, path: url.pathname, authorization });
    if (challenge !== undefined)
      throw new SpecError(401, "UNAUTHORIZED", "log in first", { "www-authenticate": challenge });
    const route = parseRoute(url.pathname);
    if (route === undefined) throw new SpecError(404, "UNSUPPORTED", "no such endpoint");
    return await dispatch(options.storage, { method, route, request, query: url.searchParams });
  } catch (error) {
    if (error instanceof SpecError) return errorAnswer(error);
    // Whatever it is, the client shall know that it is ours and not its fault.
    return jsonAnswer(
      { errors: [{ code: "UNKNOWN", message: error instanceof Error ? error.message : String(error) }] },
      {},
      500,
    );
  }
}
