import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "../../../errors.ts";
import type { Fields } from "./heads.ts";

/** An answer that is a sentence for the visitor, who knows nothing of registries. */
export interface Refusal {
  readonly status: number;
  readonly sentence: string;
  readonly fields?: Fields;
}

const RETRY_AFTER_SECONDS = 30;

/** What to tell a visitor of content that did not come. Why is for the log. */
export function refusalOf(error: unknown): Refusal {
  const code = error instanceof AppError ? error.code : undefined;
  switch (code) {
    case "not-found":
      return { status: 404, sentence: "This file is not there any more." };
    case "bad-data":
      return {
        status: 502,
        sentence: "This file is damaged where it is stored, so it was not sent. Please tell its publisher.",
      };
    case "unavailable":
    case "temporary":
      return {
        status: 503,
        sentence: "The place where this file is stored does not answer. Please try again in a moment.",
        fields: { "retry-after": String(RETRY_AFTER_SECONDS) },
      };
    default:
      return { status: 502, sentence: "This file cannot be had just now. Please try again later." };
  }
}

/** @returns the bytes of the body. */
export function refuse(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { status, sentence, fields }: Refusal,
): number {
  const body = Buffer.from(`${sentence}\n`);
  response.writeHead(status, {
    ...fields,
    "content-type": "text/plain; charset=utf-8",
    "content-length": String(body.byteLength),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  if (request.method === "HEAD") {
    response.end();
    return 0;
  }
  response.end(body);
  return body.byteLength;
}
