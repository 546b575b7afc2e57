import type { IncomingMessage, ServerResponse } from "node:http";
import type { Bytes } from "../../oci/storage.ts";

/** Codes of distribution-spec "Error Codes". */
export type SpecCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "UNAUTHORIZED"
  | "UNSUPPORTED";

/** A refusal that the spec has a code for. */
export class SpecError extends Error {
  readonly status: number;
  readonly code: SpecCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: SpecCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Bytes;
}

export function jsonAnswer(value: unknown, headers: Readonly<Record<string, string>> = {}, status = 200): Answer {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return {
    status,
    headers: { "content-type": "application/json", ...headers, "content-length": String(body.byteLength) },
    body,
  };
}

export function errorAnswer({ status, code, message, headers }: SpecError): Answer {
  return jsonAnswer({ errors: [{ code, message }] }, { ...headers }, status);
}

/** Writes the answer; to HEAD its head alone. @returns the bytes of the body that were sent. */
export async function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<number> {
  // A body that nobody will read any more must not block the next request on the connection.
  if (!request.complete) response.setHeader("connection", "close");
  response.writeHead(answer.status, { ...answer.headers });
  let sent = 0;
  if (request.method !== "HEAD" && answer.body !== undefined) {
    for await (const chunk of answer.body instanceof Uint8Array ? [answer.body] : answer.body) {
      sent += chunk.byteLength;
      if (!response.write(chunk)) await drained(response);
    }
  }
  response.end();
  return sent;
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      response.off("drain", settle);
      response.off("close", settle);
      if (response.destroyed) reject(new Error("the client went away"));
      else resolve();
    };
    // It may have gone before we came to wait, and would never tell.
    if (response.destroyed) return settle();
    response.once("drain", settle);
    response.once("close", settle);
  });
}
