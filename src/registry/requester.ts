import type { Access } from "./access.ts";
import type { Authorizer } from "./auth.ts";
import type { Origin } from "./endpoints.ts";
import { followLocation, refused } from "./location.ts";
import type { RegistryError } from "./registryError.ts";
import { statusError } from "./statusError.ts";
import type { HttpRequest, HttpResponse } from "./exchange.ts";
import type { Transport } from "./transport.ts";

export interface RegistryRequest extends HttpRequest {
  readonly access: Access;
}

/** Sends requests with the right to do them, and follows redirects safely. */
export interface Requester {
  /** The answer, whatever its status. */
  send(request: RegistryRequest): Promise<HttpResponse>;
  /** The answer if its status is one of these. @throws RegistryError for any other. */
  expect(request: RegistryRequest, statuses: readonly number[]): Promise<HttpResponse>;
}

const MAX_REDIRECTS = 5;
const MAX_ERROR_BYTES = 8 * 1024;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

// How storage services answer when a signed address is too old (Azure 403, Amazon 400 for some).
const EXPIRED: ReadonlySet<number> = new Set([400, 403]);

export function openRequester(transport: Transport, authorizer: Authorizer): Requester {
  return {
    send,
    async expect(request, statuses) {
      const response = await send(request);
      if (statuses.includes(response.status)) return response;
      throw await errorOf(request.method, response);
    },
  };

  async function send(request: RegistryRequest): Promise<HttpResponse> {
    const response = await sendFollowing(request);
    const reads = request.method === "GET" || request.method === "HEAD";
    const elsewhere = response.redirectedFrom !== undefined && response.url.host !== request.url.host;
    if (!reads || !elsewhere || !EXPIRED.has(response.status)) return response;
    // A cache on the way may have given us an address of yesterday: the registry is asked for a new one, once.
    await response.discard();
    return await sendFollowing(request);
  }

  async function sendFollowing(request: RegistryRequest): Promise<HttpResponse> {
    let { url } = request;
    for (let hops = 0; ; hops += 1) {
      // Spec main: credentials MUST NOT go to another host. A foreign host gets at most an anonymous token of its own.
      const foreign = url.host !== request.url.host || url.protocol !== request.url.protocol;
      const response = await sendAuthorized({ ...request, url }, foreign);
      const location = response.header("location");
      const readable = request.method === "GET" || request.method === "HEAD";
      if (!REDIRECTS.has(response.status) || location === undefined || !readable)
        return hops === 0 ? response : { ...response, redirectedFrom: request.url };
      await response.discard();
      if (hops >= MAX_REDIRECTS) throw refused(request.method, url, `more than ${MAX_REDIRECTS} redirects`);
      url = followLocation(location, url, { what: "a redirect", method: request.method, origin: request.url });
    }
  }

  async function sendAuthorized(request: RegistryRequest, foreign: boolean): Promise<HttpResponse> {
    const { access, url, signal } = request;
    const origin: Origin = { host: url.host, protocol: url.protocol === "http:" ? "http:" : "https:" };
    const modes = foreign ? (["anonymous"] as const) : authorizer.modes;
    // A storage service's signed address is no place for a token, unless it asks for one.
    const asked = { origin, access, signal };
    let sent = foreign ? undefined : (authorizer.cached(origin, access) ?? (await authorizer.recall(asked)));
    let response = await transport.send(withAuthorization(request, sent));
    if (response.status !== 401 && response.status !== 403) return response;
    const challenge = response.header("www-authenticate");
    for (const mode of modes) {
      const authorization = await authorizer.obtain({ ...asked, mode, challenge, sent });
      if (authorization === undefined || authorization === sent) continue;
      await response.discard();
      sent = authorization;
      response = await transport.send(withAuthorization(request, authorization));
      if (response.status === 401 || response.status === 403) continue;
      if (!foreign) authorizer.remember(asked, mode, challenge);
      return response;
    }
    return response;
  }
}

export async function errorOf(method: string, response: HttpResponse): Promise<RegistryError> {
  const body = method === "HEAD" ? "" : await response.text(MAX_ERROR_BYTES, { cut: true }).catch(() => "");
  const { url, status, redirectedFrom } = response;
  return statusError({
    method,
    url,
    status,
    body,
    ...(redirectedFrom === undefined ? {} : { redirectedFrom }),
    ...(status === 429 ? { window: limitWindow(response) } : {}),
  });
}

/** Seconds until there is more: as asked for, as counted, or `100;w=21600`, so many requests in so many (Docker Hub). */
function limitWindow(response: HttpResponse): number | undefined {
  const texts = [
    response.header("retry-after"),
    response.header("ratelimit-reset"),
    /;w=(\d+)/.exec(response.header("ratelimit-limit") ?? "")?.[1],
  ];
  const seconds = texts.find((text) => text !== undefined && /^\d{1,6}$/.test(text));
  return seconds === undefined ? undefined : Number(seconds);
}

function withAuthorization(request: RegistryRequest, authorization: string | undefined): HttpRequest {
  return { ...request, headers: { ...request.headers, ...(authorization === undefined ? {} : { authorization }) } };
}
