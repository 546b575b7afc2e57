import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { judgeConditions } from "./delivery/conditional.ts";

/** An answer that is made at once, and small. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export const NO_STORE = "no-store";
/** For what changes with a new release. */
export const SHORT = "public, max-age=60";

/** A short sentence for people, in which nothing of the request is repeated. */
export function textAnswer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": NO_STORE, ...headers },
    body: `${text}\n`,
  };
}

const NOT_FOUND = "There is nothing at this address.";

export function notFound(): Answer {
  return textAnswer(404, NOT_FOUND);
}

/** @param location relative to the address that was asked for. */
export function redirectAnswer(
  status: 302 | 303 | 308,
  location: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return textAnswer(status, location, { location, ...headers });
}

/** Goes with every answer; what an answer says itself holds. */
const HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
};

export function setCommonHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

/** What was sent: the status, and the bytes of the body. */
export interface Sent {
  readonly status: number;
  readonly bytes: number;
}

/** Writes the answer; to HEAD its head alone, and to whoever has it already that it is the same. */
export function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): Sent {
  const body = Buffer.from(answer.body);
  const headers = { ...answer.headers, "content-length": String(body.byteLength) };
  if (answer.status !== 200 || answer.headers["cache-control"] === NO_STORE) return send(answer.status, headers, body);
  const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
  const verdict = judgeConditions(request.headers, etag);
  if (verdict === "failed") return send(412, { "content-length": "0", "cache-control": NO_STORE }, EMPTY);
  // RFC 9110 section 15.4.5: what says how it may be kept, and nothing of a body that is not there.
  if (verdict === "not-modified") return send(304, { ...answer.headers, etag }, EMPTY);
  return send(200, { ...headers, etag }, body);

  function send(status: number, fields: Readonly<Record<string, string>>, bytes: Uint8Array): Sent {
    response.writeHead(status, fields);
    const body = request.method === "HEAD" ? EMPTY : bytes;
    response.end(body);
    return { status, bytes: body.byteLength };
  }
}

const EMPTY = new Uint8Array();
