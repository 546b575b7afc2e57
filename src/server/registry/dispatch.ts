import type { IncomingMessage } from "node:http";
import { type Answer, jsonAnswer, SpecError } from "./answer.ts";
import { getBlob, getManifest, listRepositories, listTags } from "./pull.ts";
import { putManifest } from "./putManifest.ts";
import { listReferrers } from "./referrers.ts";
import { deleteBlob, deleteManifest } from "./remove.ts";
import type { Route } from "./route.ts";
import type { RegistryRepository, RegistryStorage } from "./storage.ts";
import { cancelUpload, continueUpload, finishUpload, type PushContext, startUpload, uploadStatus } from "./uploads.ts";

export interface Call {
  readonly method: string;
  readonly route: Route;
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
}

// RFC 9110 section 15.5.6: a 405 names what is allowed.
const ALLOWED: Readonly<Record<Route["kind"], string>> = {
  base: "GET, HEAD",
  catalog: "GET, HEAD",
  tags: "GET, HEAD",
  manifest: "GET, HEAD, PUT, DELETE",
  blob: "GET, HEAD, DELETE",
  uploads: "POST",
  upload: "GET, HEAD, PATCH, PUT, DELETE",
  referrers: "GET, HEAD",
};

/** Does what a request asks for. @throws SpecError for what the spec has a code for. */
export async function dispatch(storage: RegistryStorage, { method, route, request, query }: Call): Promise<Answer> {
  const reading = method === "GET" || method === "HEAD";
  const deleting = method === "DELETE";
  switch (route.kind) {
    case "base":
      if (reading) return jsonAnswer({});
      break;
    case "catalog":
      if (reading) return await listRepositories(storage, query);
      break;
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
      if (deleting) return await deleteBlob(await known(storage, route.name), route.digest);
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
  throw new SpecError(405, "UNSUPPORTED", `${method} is not allowed here`, { allow: ALLOWED[route.kind] });

  function push(name: string): PushContext {
    return { storage, name, request, query };
  }
}

async function known(storage: RegistryStorage, name: string): Promise<RegistryRepository> {
  const repository = await storage.find(name);
  if (repository === undefined) throw new SpecError(404, "NAME_UNKNOWN", `no repository ${name}`);
  return repository;
}
