import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "../../errors.ts";
import type { Download } from "../../release/download.ts";
import { holds } from "./visitors/address.ts";
import { type Answer, NO_STORE, notFound, redirectAnswer, textAnswer } from "./answer.ts";
import { chooseDownload } from "./visitors/chooseDownload.ts";
import { deliver, type Delivery } from "./delivery/deliver.ts";
import type { Desk } from "./desk.ts";
import { EXPOSITION_TYPE } from "./watch/exposition.ts";
import { matchFiles } from "./offer/matchFiles.ts";
import { type FileRoute, formatFilePath, type Route } from "./route.ts";

/** A request that may be answered. */
export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly address: string;
  /** What counts as one visitor. */
  readonly visitor: string;
  /** Whether somebody speaks for the client who may not. */
  readonly isHearsay: boolean;
}

/** Either what is still to be sent, or what became of a file. */
export type Outcome = { readonly answer: Answer } | { readonly delivery: Delivery; readonly download: Download };

/** Does what a request asks for. @throws AppError when the registry does not give what is needed. */
export async function dispatch(desk: Desk, route: Route | undefined, visit: Visit): Promise<Outcome> {
  if (route === undefined) return { answer: notFound() };
  switch (route.kind) {
    case "file":
      return await sendFile(desk, route, visit);
    case "moved":
      return { answer: redirectAnswer(308, relative(visit.request.url ?? "/", route.path)) };
    case "health":
      return { answer: healthOf(desk) };
    case "metrics":
      return { answer: metricsFor(desk, visit) };
    case "download":
      return { answer: chooseDownload((await desk.offer.catalog()).downloads, visit.request.headers) };
    default:
      return { answer: await documentFor(desk, route, visit) };
  }
}

async function documentFor(
  desk: Desk,
  route: Exclude<Route, { readonly kind: "file" | "moved" | "health" | "metrics" | "download" }>,
  { request }: Visit,
): Promise<Answer> {
  const documents = desk.documentsOf(await desk.offer.catalog());
  switch (route.kind) {
    case "page":
      return documents.page(route.language, request.headers["accept-language"]);
    case "icon":
      return await documents.icon();
    case "badge":
      return documents.badge();
    case "catalog":
      return documents.list();
    case "sums":
      return documents.sums();
  }
}

async function sendFile(desk: Desk, route: FileRoute, visit: Visit): Promise<Outcome> {
  const { request, response, visitor } = visit;
  const files = await filesOf(desk, route.tag);
  // Who makes up versions has each one looked up at the registry.
  if (files === undefined) desk.limits.charge(visitor, LOOKUP_COST);
  const match = matchFiles(files ?? [], route);
  if (match.kind === "none") return { answer: notFound() };
  if (match.kind === "several") {
    const list = match.downloads.map(({ fileName }) => formatFilePath({ ...route, fileName }));
    return { answer: textAnswer(300, list.join("\n")) };
  }
  const { download } = match;
  using place = request.method === "HEAD" ? NOTHING : desk.limits.startDownload(visitor);
  if (place === undefined) {
    desk.metrics.countRefusal("downloads");
    return { answer: textAnswer(429, "Too many downloads run already.", { "retry-after": "10" }) };
  }
  const { contents, redirect, stallTimeout } = desk;
  const caching = route.tag === undefined ? "short" : "immutable";
  return {
    delivery: await deliver({ request, response }, download, { caching, contents, redirect, stallTimeout }),
    download,
  };
}

const LOOKUP_COST = 5;
const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };

/** Files of a release; those that the catalog knows also while the registry is away. */
async function filesOf({ offer, releases }: Desk, tag: string | undefined): Promise<readonly Download[] | undefined> {
  const { downloads } = await offer.catalog();
  if (tag === undefined) return downloads;
  // A page that somebody has open leads to these, whatever has become of the tag, or of the registry, since.
  const known = downloads.filter((download) => download.tag === tag);
  try {
    return (await releases.files(tag)) ?? (known.length > 0 ? known : undefined);
  } catch (error) {
    if (known.length > 0) return known;
    throw error;
  }
}

function healthOf({ offer, isStopping }: Desk): Answer {
  if (isStopping()) return textAnswer(503, "stopping");
  // Nobody waits for it, and the next one who asks is told.
  offer.catalog().catch(() => undefined);
  return textAnswer(200, offer.stale ? "stale" : "ok");
}

/** Strangers are not to know how busy it is here, nor that there is such an address. */
function metricsFor(desk: Desk, { address, isHearsay }: Visit): Answer {
  if (isHearsay || !holds(desk.neighbours, address)) return notFound();
  return {
    status: 200,
    headers: { "content-type": EXPOSITION_TYPE, "cache-control": NO_STORE },
    body: desk.formatMetrics(),
  };
}

/** From the address that was asked for to another one, whatever folder a proxy has put us into. */
function relative(target: string, path: string): string {
  const asked = target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
  const depth = asked.split("/").length - 2;
  return `${depth > 0 ? "../".repeat(depth) : "./"}${path.slice(1)}`;
}

/** What a visitor is told of an error that is not theirs; the log has the rest. */
export function troubleAnswer(error: unknown): Answer {
  if (error instanceof AppError && error.code === "bad-data")
    return textAnswer(502, "What the registry has is not what was published. It is kept from you.");
  if (error instanceof AppError)
    return textAnswer(503, "The files cannot be reached at the moment. Try again in a minute.", {
      "retry-after": "30",
    });
  return textAnswer(500, "Something went wrong here.");
}
