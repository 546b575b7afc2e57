import { Readable } from "node:stream";
import { Agent, request as send } from "undici";
import { AppError } from "../errors.ts";
import type { Bytes } from "../oci/storage.ts";
import { connectionError, RegistryError } from "./registryError.ts";
import { openRetries, type RetryOptions } from "./retry.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body that can be sent again comes as a function. */
  readonly body?: Uint8Array | (() => Bytes);
  readonly signal?: AbortSignal | undefined;
  /** Whether sending it twice is harmless; by default all but POST and PATCH. */
  readonly retry?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly url: URL;
  header(name: string): string | undefined;
  readonly body: Bytes;
  /** The body as text, at most `limit` bytes of it. @throws AppError `bad-data` when it is longer and `cut` is not set. */
  text(limit: number, options?: { readonly cut?: boolean }): Promise<string>;
  bytes(limit: number): Promise<Uint8Array>;
  /** Reads to the end, or lets the connection go: it is to be called on every answer whose body nobody wants. */
  discard(): Promise<void>;
}

export interface Transport extends AsyncDisposable {
  /** Sends, and sends again where that helps. Redirects are not followed. @throws RegistryError without an answer. */
  send(request: HttpRequest): Promise<HttpResponse>;
}

export interface TransportOptions extends RetryOptions {
  readonly userAgent: string;
  /** Milliseconds. */
  readonly timeouts?: { readonly connect?: number; readonly headers?: number; readonly idle?: number };
}

const CONNECT_MS = 10_000;
const HEADERS_MS = 30_000;
const IDLE_MS = 30_000;
const MAX_HEADER_BYTES = 64 * 1024;
// A body that nobody wants is read up to this, so that its connection can be used again.
const MAX_DISCARDED_BYTES = 64 * 1024;

/** The one door to the network. */
export function openTransport(options: TransportOptions): Transport {
  const { timeouts = {} } = options;
  const agent = new Agent({
    connect: { timeout: timeouts.connect ?? CONNECT_MS },
    headersTimeout: timeouts.headers ?? HEADERS_MS,
    bodyTimeout: timeouts.idle ?? IDLE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: 10_000,
  });
  const retries = openRetries(options);

  return {
    send: async (request) => await retries.run(request, async () => await sendOnce(request)),
    async [Symbol.asyncDispose]() {
      await agent.destroy();
    },
  };

  async function sendOnce({ method, url, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    try {
      const answer = await send(url, {
        method,
        dispatcher: agent,
        headers: { "user-agent": options.userAgent, ...headers },
        body:
          body === undefined ? null : typeof body === "function" ? Readable.from(body(), { objectMode: false }) : body,
        ...(signal === undefined ? {} : { signal }),
      });
      return respond(answer, method, url);
    } catch (cause) {
      throw failure(cause, { method, url, signal });
    }
  }
}

type Answer = Awaited<ReturnType<typeof send>>;

function respond(answer: Answer, method: string, url: URL): HttpResponse {
  const { statusCode: status, headers, body } = answer;
  const response: HttpResponse = {
    status,
    url,
    header(name) {
      const value = headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body: translated(body, method, url),
    async bytes(limit) {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of response.body) {
        size += chunk.byteLength;
        if (size > limit) throw tooLong(method, url, limit);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
    async text(limit, { cut = false } = {}) {
      if (!cut) return new TextDecoder().decode(await response.bytes(limit));
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of response.body) {
        chunks.push(chunk);
        size += chunk.byteLength;
        if (size >= limit) break;
      }
      return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, limit));
    },
    async discard() {
      await body.dump({ limit: MAX_DISCARDED_BYTES }).catch(() => undefined);
    },
  };
  return response;
}

async function* translated(body: AsyncIterable<unknown>, method: string, url: URL): Bytes {
  try {
    for await (const chunk of body) yield chunk as Uint8Array;
  } catch (cause) {
    throw failure(cause, { method, url, signal: undefined });
  }
}

/** An error of ours that passed through undici (a body that failed to verify) stays what it is. */
function failure(
  cause: unknown,
  { method, url, signal }: { method: string; url: URL; signal: AbortSignal | undefined },
): unknown {
  for (let current = cause; current instanceof Error; current = current.cause) {
    if (current instanceof AppError) return current;
  }
  if (signal?.aborted === true) {
    const reason: unknown = signal.reason;
    return reason instanceof Error && reason.name === "TimeoutError" ? connectionError(reason, method, url) : reason;
  }
  return connectionError(cause, method, url);
}

function tooLong(method: string, url: URL, limit: number): RegistryError {
  return new RegistryError("bad-data", `${url.host} sent more than the ${limit} bytes that are allowed here`, {
    method,
    url,
  });
}
