import { AppError } from "../errors.ts";
import type { Answer } from "../http/connection.ts";
import { type Bytes, contentOf } from "../oci/storage.ts";
import { abortError } from "./abortError.ts";
import type { TrustSettings } from "./certificates.ts";
import { openConnections } from "./connections.ts";
import type { HttpRequest, HttpResponse } from "./exchange.ts";
import type { ProxySettings } from "./proxy.ts";
import { connectionError } from "./connectionError.ts";
import { proxyRefused } from "./proxyError.ts";
import { RegistryError, TELL_REGISTRY } from "./registryError.ts";
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
const MAX_HEADER_BYTES = 64 * 1024;
// A body that nobody wants is read up to this, so that its connection can be used again.
const MAX_DISCARDED_BYTES = 64 * 1024;

/** The one door to the network. */
export function openTransport(options: TransportOptions): Transport {
  const { timeouts = {} } = options;
  const headersTimeout = timeouts.headers ?? HEADERS_MS;
  const connections = openConnections({
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
    [Symbol.asyncDispose]: async () => connections[Symbol.dispose](),
  };

  async function sendOnce(request: HttpRequest): Promise<HttpResponse> {
    const { method, url, body, signal, whole } = request;
    let response: HttpResponse;
    try {
      const answer = await connections.send(url, {
        method,
        headers: { "user-agent": options.userAgent, ...lengthOf(body), ...request.headers },
        body,
        signal,
        answerTimeout: body === undefined ? headersTimeout : headersTimeout * BODY_SENT_FACTOR,
      });
      response = respond(answer, request);
    } catch (cause) {
      throw failure(cause, request);
    }
    const proxy = connections.proxyFor(url);
    if (response.status === 407 && proxy !== undefined) {
      await response.discard();
      throw proxyRefused(proxy, { method, url, status: 407 });
    }
    return whole !== undefined && response.status === 200 ? withBytes(response, await response.bytes(whole)) : response;
  }
}

function lengthOf(body: HttpRequest["body"]): Record<string, string> {
  if (body === undefined) return {};
  return { "content-length": String(body instanceof Uint8Array ? body.byteLength : body.length) };
}

function respond(answer: Answer, request: HttpRequest): HttpResponse {
  const { method, url } = request;
  const { status, headers, body } = answer;
  const response: HttpResponse = {
    status,
    url,
    header: (name) => headers.get(name),
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
      let size = 0;
      try {
        for await (const chunk of body) {
          size += chunk.byteLength;
          if (size > MAX_DISCARDED_BYTES) break;
        }
      } catch {
        // The connection is gone, and with it the body.
      }
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

async function* translated(body: Bytes, request: HttpRequest): Bytes {
  try {
    yield* body;
  } catch (cause) {
    throw failure(cause, request);
  }
}

/** An error of ours that passed through a connection (a body that failed to verify) stays what it is. */
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
    hint: TELL_REGISTRY,
  });
}
