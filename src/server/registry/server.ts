import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError, systemCodeOf } from "../../errors.ts";
import { type Answer, errorAnswer, jsonAnswer, sendAnswer, SpecError } from "./answer.ts";
import { applyFault, type FaultPlan } from "./faults.ts";
import { getBlob, getManifest, listReferrers, listRepositories, listTags } from "./pull.ts";
import {
  cancelUpload,
  continueUpload,
  finishUpload,
  type PushContext,
  putManifest,
  startUpload,
  uploadStatus,
} from "./push.ts";
import { parseRoute, type Route } from "./route.ts";
import type { RegistryRepository, RegistryStorage } from "./storage.ts";

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
  const server = createServer((request, response) => {
    void serve(options, counts, { request, response }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, host, port)));
    server.listen(port, host, () => resolve());
  });
  const { port: actual } = server.address() as AddressInfo;
  const address = `${host.includes(":") ? `[${host}]` : host}:${actual}`;
  return {
    address,
    url: `http://${address}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
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
  const url = new URL(request.url ?? "/", "http://registry.invalid");
  const path = url.pathname;
  const { authorization } = request.headers;
  const key = `${method} ${path}`;
  const earlier = counts.get(key) ?? 0;
  if (options.faults !== undefined) counts.set(key, earlier + 1);

  const honest = async (): Promise<Answer> => await answer(options, request, url);
  const fault = options.faults?.({ method, path: `${path}${url.search}`, earlier });
  const given = fault === undefined ? await honest() : await applyFault(fault, honest, response);
  if (given === undefined) return;
  response.setHeader("docker-distribution-api-version", "registry/2.0");
  const bytes = await sendAnswer(request, response, given);
  options.onRequest?.({ method, path: `${path}${url.search}`, status: given.status, bytes, authorization });
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

interface Call {
  readonly method: string;
  readonly route: Route;
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
}

async function dispatch(storage: RegistryStorage, { method, route, request, query }: Call): Promise<Answer> {
  const reading = method === "GET" || method === "HEAD";
  const deleting = method === "DELETE";
  switch (route.kind) {
    case "base":
      return jsonAnswer({});
    case "catalog":
      return await listRepositories(storage, query);
    case "tags":
      if (reading) return await listTags(await known(storage, route.name), route.name, query);
      break;
    case "manifest":
      if (reading) return await getManifest(await known(storage, route.name), route.reference);
      if (deleting) return await deleteManifest(await known(storage, route.name), route.reference);
      if (method === "PUT") return await putManifest(push(route.name), route.reference);
      break;
    case "blob":
      if (reading) return await getBlob(await known(storage, route.name), route.digest, request.headers.range);
      if (deleting) return gone(await (await known(storage, route.name)).removeBlob(route.digest), "BLOB_UNKNOWN");
      break;
    case "uploads":
      if (method === "POST") return await startUpload(push(route.name));
      break;
    case "upload":
      if (method === "PATCH") return await continueUpload(push(route.name), route.id);
      if (method === "PUT") return await finishUpload(push(route.name), route.id);
      if (deleting) return await cancelUpload(push(route.name), route.id);
      if (reading) return uploadStatus(push(route.name), route.id);
      break;
    case "referrers":
      if (reading) return await listReferrers(await storage.find(route.name), route.digest, query);
      break;
  }
  throw new SpecError(405, "UNSUPPORTED", `${method} is not allowed here`);

  function push(name: string): PushContext {
    return { storage, name, request, query };
  }
}

async function known(storage: RegistryStorage, name: string): Promise<RegistryRepository> {
  const repository = await storage.find(name);
  if (repository === undefined) throw new SpecError(404, "NAME_UNKNOWN", `no repository ${name}`);
  return repository;
}

/** end-9. A tag goes alone; a digest takes the manifest and its tags away. */
async function deleteManifest(repository: RegistryRepository, reference: string): Promise<Answer> {
  const removed = reference.includes(":")
    ? await repository.removeManifest(reference as `${string}:${string}`)
    : await repository.untag(reference);
  return gone(removed, "MANIFEST_UNKNOWN");
}

function gone(removed: boolean, code: "MANIFEST_UNKNOWN" | "BLOB_UNKNOWN"): Answer {
  if (!removed) throw new SpecError(404, code, "there is none");
  return { status: 202, headers: { "content-length": "0" } };
}

function listenError(cause: unknown, host: string, port: number): unknown {
  if (systemCodeOf(cause) === "EADDRINUSE") {
    return new AppError("unavailable", `port ${port} on ${host} is in use`, {
      hint: "Choose another with --port, or 0 for any free one.",
      cause,
    });
  }
  if (systemCodeOf(cause) === "EACCES") {
    return new AppError("not-allowed", `port ${port} on ${host} may not be used`, {
      hint: "Choose one above 1023 with --port.",
      cause,
    });
  }
  return cause;
}
