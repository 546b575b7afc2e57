import { Readable } from "node:stream";
import { request as send } from "undici";
import { AppError } from "../errors.ts";
import { type Bytes, contentOf } from "../oci/storage.ts";
import { abortError } from "./abort.ts";
import type { TrustSettings } from "./certificates.ts";
import { openDispatchers } from "./dispatchers.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import type { ProxySettings } from "./proxy.ts";
import { connectionError } from "./connectionError.ts";
import { proxyRefused } from "./proxyError.ts";
import { RegistryError } from "./registryError.ts";
import { openRetries, type RetryOptions } from "./retry.ts";

export interface Transport extends AsyncDisposable {
  /** Sends, and sends again where that helps. Redirects are not followed. @throws RegistryError without an answer. */
  send(request: HttpRequest): Promise<HttpResponse>;
}

export interface TransportOptions extends RetryOptions {
  readonly userAgent: string;
  /** Milliseconds. */
  readonly timeouts?: { readonly connect?: number; readonly headers?: number; readonly idle?: number };
  /** Everything is reached directly unless given. */
  readonly proxy?: ProxySettings;
  /** What is trusted besides Node's own certificates and the system's. */
  readonly tls?: TrustSettings;
}

const CONNECT_MS = 10_000;
const HEADERS_MS = 30_000;
const IDLE_MS = 30_000;
// A server may hash or move what it was sent before it answers: minutes for a blob of some GB.
const BODY_SENT_FACTOR = 10;
// Undici starts to wait for the answer when a chunk is queued, not when it is sent: on a slow line a long one would
// always be too late. In slices the wait begins anew with each.
const SLICE_BYTES = 256 * 1024;
const MAX_HEADER_BYTES = 64 * 1024;
// How much of a body may wait for its reader: with less the line stands still whenever the disk is busy.
const READ_AHEAD_BYTES = 1024 * 1024;
// A body that nobody wants is read up to this, so that its connection can be used again.
const MAX_DISCARDED_BYTES = 64 * 1024;

/** The one door to the network. */
export function openTransport(options: TransportOptions): Transport {
  const { timeouts = {} } = options;
  const headersTimeout = timeouts.headers ?? HEADERS_MS;
  const dispatchers = openDispatchers({
    proxy: options.proxy,
    tls: options.tls,
    connectTimeout: timeouts.connect ?? CONNECT_MS,
    limits: {
      headersTimeout,
      bodyTimeout: timeouts.idle ?? IDLE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: 10_000,
    },
  });
  const retries = openRetries(options);

  return {
    send: async (request) => await retries.run(request, async () => await sendOnce(request)),
    [Symbol.asyncDispose]: async () => await dispatchers[Symbol.asyncDispose](),
  };

  async function sendOnce(request: HttpRequest): Promise<HttpResponse> {
    const { method, url, headers, body, signal, whole } = request;
    let response: HttpResponse;
    try {
      const answer = await send(url, {
        method,
        dispatcher: dispatchers.dispatcherFor(url),
        headers: {
          "user-agent": options.userAgent,
          ...(body instanceof Uint8Array ? { "content-length": String(body.byteLength) } : {}),
          ...headers,
        },
        body: body === undefined ? null : streamOf(body),
        highWaterMark: READ_AHEAD_BYTES,
        // Undici gives a connection up after HEAD, for servers that send a body with the answer (undici#258): it notices
        // those all the same, and everybody else would pay with a handshake for each question.
        reset: false,
        ...(body === undefined ? {} : { headersTimeout: headersTimeout * BODY_SENT_FACTOR }),
        ...(signal === undefined ? {} : { signal }),
      });
      response = respond(answer, request);
    } catch (cause) {
      throw failure(cause, request);
    }
    const proxy = dispatchers.proxyFor(url);
    if (response.status === 407 && proxy !== undefined) {
      await response.discard();
      throw proxyRefused(proxy, { method, url, status: 407 });
    }
    return whole !== undefined && response.status === 200 ? withBytes(response, await response.bytes(whole)) : response;
  }
}

function streamOf(body: Uint8Array | (() => Bytes)): Uint8Array | Readable {
  if (body instanceof Uint8Array && body.byteLength <= SLICE_BYTES) return body;
  return Readable.from(sliced(typeof body === "function" ? body() : [body]), { objectMode: false });
}

async function* sliced(bytes: Bytes | Iterable<Uint8Array>): Bytes {
  for await (const chunk of bytes) {
    for (let start = 0; start < chunk.byteLength; start += SLICE_BYTES)
      yield chunk.subarray(start, start + SLICE_BYTES);
  }
}

type Answer = Awaited<ReturnType<typeof send>>;

function respond(answer: Answer, request: HttpRequest): HttpResponse {
  const { method, url } = request;
  const { statusCode: status, headers, body } = answer;
  const response: HttpResponse = {
    status,
    url,
    header(name) {
      const value = headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body: translated(body, request),
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

/** The answer with a body that is at hand already. */
function withBytes(response: HttpResponse, bytes: Uint8Array): HttpResponse {
  return {
    ...response,
    body: contentOf(bytes)(0),
    bytes: async () => bytes,
    text: async () => new TextDecoder().decode(bytes),
    discard: async () => undefined,
  };
}

async function* translated(body: AsyncIterable<unknown>, request: HttpRequest): Bytes {
  try {
    for await (const chunk of body) yield chunk as Uint8Array;
  } catch (cause) {
    throw failure(cause, request);
  }
}

/** An error of ours that passed through undici (a body that failed to verify) stays what it is. */
function failure(cause: unknown, { method, url, signal }: HttpRequest): unknown {
  for (let current = cause; current instanceof Error; current = current.cause) {
    if (current instanceof AppError) return current;
  }
  return signal?.aborted === true ? abortError(signal, method, url) : connectionError(cause, { method, url });
}

function tooLong(method: string, url: URL, limit: number): RegistryError {
  return new RegistryError("bad-data", `${url.host} sent more than the ${limit} bytes that are allowed here`, {
    method,
    url,
  });
}
