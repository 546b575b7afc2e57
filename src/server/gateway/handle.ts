import type { IncomingMessage, ServerResponse } from "node:http";
import { clientAddress, holds, visitorOf } from "./visitors/address.ts";
import { type Answer, sendAnswer, setCommonHeaders, textAnswer } from "./answer.ts";
import type { Desk } from "./desk.ts";
import { dispatch, type Outcome, troubleAnswer, type Visit } from "./dispatch.ts";
import { parseRoute, type Route } from "./route.ts";

/** Answers a request, and tells log and metrics what became of it. Never throws. */
export async function handle(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = desk.now();
  const visit = readVisit(desk, request, response);
  const route = parseRoute(request.url ?? "");
  setCommonHeaders(response);
  if (desk.isStopping()) response.setHeader("connection", "close");
  let error: unknown;
  let outcome: Outcome;
  try {
    const refused = refuse(desk, route, visit);
    outcome = refused === undefined ? await dispatch(desk, route, visit) : { answer: refused };
  } catch (thrown) {
    error = thrown;
    outcome = { answer: troubleAnswer(thrown) };
  }
  const result = finish(desk, outcome, visit);
  const { method = "", url = "" } = request;
  const kind = route?.kind ?? "none";
  desk.metrics.count({ route: kind, ...result });
  desk.log({
    event: "request",
    method,
    target: url,
    ms: desk.now() - started,
    address: visit.address,
    agent: request.headers["user-agent"],
    ...result,
    error: result.error ?? error,
  });
}

interface Result {
  readonly status: number;
  readonly bytes: number;
  readonly coding: string;
  readonly aborted: string | undefined;
  readonly error?: unknown;
}

function finish(desk: Desk, outcome: Outcome, { request, response }: Visit): Result {
  if ("answer" in outcome) {
    if (response.destroyed) return { status: 499, bytes: 0, coding: "identity", aborted: "left" };
    return { ...sendAnswer(request, response, outcome.answer), coding: "identity", aborted: undefined };
  }
  const { status, bytes, coding, end, error } = outcome.delivery;
  if (end === "sent" && request.method === "GET" && (status === 200 || status === 302))
    desk.metrics.countDownload(outcome.download);
  return { status, bytes, coding, aborted: end === "sent" ? undefined : end, error };
}

/** @returns undefined for a request that may be answered. */
function refuse({ limits, metrics }: Desk, route: Route | undefined, { request, visitor }: Visit): Answer | undefined {
  const wait = isOwnHealthCheck(route, request) ? 0 : limits.take(visitor);
  if (wait > 0) {
    metrics.countRefusal("rate");
    return textAnswer(429, "Too many requests.", { "retry-after": String(wait) });
  }
  if (request.method !== "GET" && request.method !== "HEAD")
    return textAnswer(405, "Only GET and HEAD are answered here.", { allow: "GET, HEAD", ...closing(request) });
  if (hasBody(request)) return textAnswer(413, "A request has no body here.", { connection: "close" });
  return undefined;
}

function isOwnHealthCheck(route: Route | undefined, { socket }: IncomingMessage): boolean {
  return route?.kind === "health" && /^(?:::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? "");
}

/** Nobody reads it, and what comes after it on the connection cannot be told from it. */
function closing(request: IncomingMessage): Readonly<Record<string, string>> {
  return hasBody(request) ? { connection: "close" } : {};
}

// RFC 9112 section 6: these alone announce one.
function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

function readVisit(
  { proxies, neighbours, onHearsay }: Desk,
  request: IncomingMessage,
  response: ServerResponse,
): Visit {
  const { headers, socket } = request;
  const [xForwardedFor, forwarded] = [headers["x-forwarded-for"], headers.forwarded];
  const origin = {
    peer: socket.remoteAddress,
    xForwardedFor: Array.isArray(xForwardedFor) ? xForwardedFor.join(",") : xForwardedFor,
    forwarded,
  };
  const address = clientAddress(origin, proxies);
  const peer = clientAddress(origin, undefined);
  const isPassedOn = ["x-forwarded-for", "forwarded", "x-real-ip", "via"].some((name) => headers[name] !== undefined);
  const isHearsay = isPassedOn && (proxies === undefined || !holds(proxies, peer));
  if (isHearsay && holds(neighbours, peer)) onHearsay();
  return { request, response, address, visitor: visitorOf(address), isHearsay };
}
