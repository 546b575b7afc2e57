import { AppError } from "../errors.ts";
import { keepSecret, redact } from "../redact.ts";
import type { Challenge } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import { isInternal, type Origin } from "./endpoints.ts";
import { htmlAnswer, isWebPage, RegistryError, TELL_REGISTRY } from "./registryError.ts";
import { statusError } from "./statusError.ts";
import type { HttpRequest, HttpResponse } from "./exchange.ts";
import type { Transport } from "./transport.ts";

export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokenRequest {
  readonly challenge: Challenge;
  readonly origin: Origin;
  /** What is needed, as `repository:NAME:pull`. */
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
  readonly now: number;
}

const MAX_ANSWER_BYTES = 64 * 1024;
const CLIENT_ID = "slipway";
// distribution auth/token.md: a token without a lifetime lives for 60 seconds.
const DEFAULT_LIFETIME_S = 60;
// A clock that is further off than this says nothing about a token's age.
const MAX_SKEW_MS = 5 * 60_000;

/**
 * Fetches a bearer token: distribution auth/token.md, and auth/oauth.md for identity tokens.
 *
 * @throws RegistryError `not-allowed` when the token service refuses.
 */
export async function fetchToken(transport: Transport, request: TokenRequest): Promise<Token> {
  const realm = parseRealm(request);
  if (request.credential?.kind === "identity-token") {
    const response = await transport.send(refreshRequest(realm, request, request.credential.token));
    if (response.status !== 404 && response.status !== 405) return await readToken(response, "POST", request);
    await response.discard();
  }
  return await readToken(await transport.send(getRequest(realm, request)), "GET", request);
}

/** Scopes in the order in which they are asked for: some token services read only the first. */
export function joinScopes(wanted: readonly string[], challenged: string | undefined): string[] {
  return [...new Set([...wanted, ...(challenged === undefined || challenged === "" ? [] : challenged.split(" "))])];
}

function parseRealm({ challenge, origin }: TokenRequest): URL {
  const text = challenge.parameters["realm"] ?? "";
  let realm: URL;
  try {
    realm = new URL(text);
  } catch {
    throw new AppError(
      "bad-data",
      `${origin.host} names no usable token service (realm ${JSON.stringify(redact(text).slice(0, 100))})`,
      { hint: "Tell whoever runs the registry." },
    );
  }
  // A registry must not be able to send a credential in the clear, or to make us knock on doors inside (ggcr#2258).
  const secure = realm.protocol === "https:" || (realm.protocol === "http:" && origin.protocol === "http:");
  const inside =
    isInternal(realm.host) &&
    !isInternal(origin.host) &&
    realm.hostname !== new URL(`${origin.protocol}//${origin.host}`).hostname;
  if (!secure || inside) {
    throw new AppError(
      "not-allowed",
      `${origin.host} names a token service that is not safe to use: ${realm.protocol}//${realm.host}`,
      {
        hint: "Tell whoever runs the registry.",
      },
    );
  }
  return realm;
}

function getRequest(realm: URL, { challenge, scopes, credential }: TokenRequest): HttpRequest {
  const url = new URL(realm);
  const service = challenge.parameters["service"];
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const authorization = credential === undefined ? undefined : basicHeader(credential);
  return { method: "GET", url, whole: MAX_ANSWER_BYTES, headers: authorization === undefined ? {} : { authorization } };
}

function refreshRequest(url: URL, { challenge, scopes }: TokenRequest, token: string): HttpRequest {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: token,
    service: challenge.parameters["service"] ?? "",
    client_id: CLIENT_ID,
    scope: scopes.join(" "),
  });
  return {
    method: "POST",
    url,
    whole: MAX_ANSWER_BYTES,
    retry: true,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new TextEncoder().encode(form.toString()),
  };
}

/** Basic credentials (RFC 7617); an identity token goes as Docker sends it where OAuth2 is not spoken. */
export function basicHeader(credential: Credential): string | undefined {
  switch (credential.kind) {
    case "basic":
      return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString("base64")}`;
    case "identity-token":
      return `Basic ${Buffer.from(`<token>:${credential.token}`).toString("base64")}`;
    case "bearer":
      return undefined;
  }
}

async function readToken(response: HttpResponse, method: string, { origin, now }: TokenRequest): Promise<Token> {
  const { status, url } = response;
  if (status !== 200) {
    const body = await response.text(8 * 1024, { cut: true });
    throw statusError({ method, url, status, body, tokensFor: origin.host });
  }
  if (isWebPage(response.header("content-type"))) throw htmlAnswer(url);
  const text = await response.text(MAX_ANSWER_BYTES);
  const answer = parseAnswer(text);
  // A grant that is narrower than what was asked for is no error: the registry will say what it lacks.
  const value = [answer["token"], answer["access_token"]].find((token) => typeof token === "string" && token !== "");
  if (typeof value !== "string" || /[\r\n]/.test(value)) {
    throw new RegistryError("bad-data", `${url.host} answered without a token`, {
      method,
      url,
      status,
      hint: TELL_REGISTRY,
    });
  }
  keepSecret(value);
  const lifetime =
    typeof answer["expires_in"] === "number" && answer["expires_in"] > 0 ? answer["expires_in"] : DEFAULT_LIFETIME_S;
  const issued = typeof answer["issued_at"] === "string" ? Date.parse(answer["issued_at"]) : Number.NaN;
  const from = Math.abs(issued - now) < MAX_SKEW_MS ? issued : now;
  // It must still be good when it arrives.
  return { value, expiresAt: from + lifetime * 900 };
}

function parseAnswer(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
