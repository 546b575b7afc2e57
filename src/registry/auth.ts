import { unlessAborted } from "../abort.ts";
import { AppError } from "../errors.ts";
import { keepSecret } from "../redact.ts";
import { abortError } from "./abortError.ts";
import { type Access, type Asked, placeOf, scopesOf, siteOf } from "./access.ts";
import type { AccessMemory } from "./accessMemory.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credential, CredentialSource } from "./credential.ts";
import { baseUrl, type Origin } from "./endpoints.ts";
import { basicHeader, fetchToken, joinScopes, type Token, type TokenRequest } from "./token.ts";
import type { Transport } from "./transport.ts";

export type AuthMode = "anonymous" | "credentials";

export interface Authorizer {
  /** The Authorization header that is known to fit. */
  cached(origin: Origin, access: Access): string | undefined;
  /** The header that the way gives which led in before, so that nothing has to be refused first. */
  recall(asked: Asked): Promise<string | undefined>;
  /** Told which way has led in. */
  remember(asked: Asked, mode: AuthMode, challenge: string | undefined): void;
  /** The ways that are worth trying after a refusal, in order. */
  readonly modes: readonly AuthMode[];
  /** Answers a 401. @returns the header to send, or undefined when this way leads nowhere. */
  obtain(refusal: Refusal): Promise<string | undefined>;
}

export interface Refusal extends Asked {
  readonly mode: AuthMode;
  /** The WWW-Authenticate header; without one the host's last challenge counts. */
  readonly challenge: string | undefined;
  /** The Authorization header that was refused. */
  readonly sent: string | undefined;
}

export interface AuthOptions {
  readonly transport: Transport;
  readonly credentials?: CredentialSource | undefined;
  readonly anonymousFirst?: boolean | undefined;
  /** There is no way in but the login, and its refusal is an error: what is public proves nothing of it. */
  readonly loginOnly?: boolean;
  /** Ways in that earlier processes found. */
  readonly memory?: AccessMemory | undefined;
  readonly now: () => number;
  readonly onWarning: (message: string) => void;
}

export function openAuthorizer(options: AuthOptions): Authorizer {
  const tokens = new Map<string, Token>();
  // Logins that are sent as they are: passwords, and tokens that need no exchange.
  const logins = new Map<string, string>();
  const challenges = new Map<string, Challenge[]>();
  const known = new Map<string, Promise<Credential | undefined>>();
  const asking = new Map<string, Promise<string | undefined>>();

  const modes = modesOf(options);

  const cachedFor = (mode: AuthMode, origin: Origin, access: Access): string | undefined => {
    const token = tokens.get(keyOf(mode, { origin, access }));
    if (token !== undefined && token.expiresAt > options.now()) return `Bearer ${token.value}`;
    return mode === "credentials" ? logins.get(siteOf(origin)) : undefined;
  };

  /** What was refused is not sent again unasked: without it, the next request may be public. */
  const forget = ({ origin, access, sent }: Refusal): void => {
    for (const key of modes.map((mode) => keyOf(mode, { origin, access })))
      if (sent === `Bearer ${tokens.get(key)?.value}`) tokens.delete(key);
    if (sent === logins.get(siteOf(origin))) logins.delete(siteOf(origin));
  };

  return {
    modes,

    cached(origin, access) {
      for (const mode of modes) {
        const header = cachedFor(mode, origin, access);
        if (header !== undefined) return header;
      }
      return undefined;
    },

    async recall(asked) {
      const place = placeOf(asked);
      const way = options.memory?.way(place);
      if (way === undefined || !modes.includes(way.mode)) return undefined;
      const token = way.mode === "anonymous" ? options.memory?.token(place) : undefined;
      if (token !== undefined && token.expiresAt > options.now()) {
        tokens.set(keyOf(way.mode, asked), token);
        return `Bearer ${token.value}`;
      }
      try {
        return await obtain({ ...asked, ...way, sent: undefined });
      } catch (error) {
        if (asked.signal?.aborted === true) throw error;
        // Whatever has changed: the registry says what holds now.
        options.memory?.forget(place);
        return undefined;
      }
    },

    remember(asked, mode, challenge) {
      if (challenge !== undefined && asked.access.actions === "pull")
        options.memory?.keepWay(placeOf(asked), { mode, challenge });
    },

    obtain,
  };

  async function obtain(refusal: Refusal): Promise<string | undefined> {
    const { origin, access, mode, signal } = refusal;
    forget(refusal);
    // Requests side by side are refused together: the first fetches a token for all.
    const newer = cachedFor(mode, origin, access);
    if (newer !== undefined) return newer;
    const key = keyOf(mode, { origin, access });
    const shared = asking.get(key) ?? answer(refusal).finally(() => asking.delete(key));
    asking.set(key, shared);
    // Every asker may have gone when it fails.
    shared.catch(() => undefined);
    try {
      return await unlessAborted(shared, signal);
    } catch (error) {
      throw signal?.aborted === true ? abortError(signal, "GET", baseUrl(origin)) : error;
    }
  }

  async function answer({ origin, access, mode, challenge }: Refusal): Promise<string | undefined> {
    const parsed = challenge === undefined ? challenges.get(siteOf(origin)) : parseChallenges(challenge);
    if (parsed === undefined) return undefined;
    challenges.set(siteOf(origin), parsed);
    const credential = mode === "credentials" ? await credentialFor(origin) : undefined;
    if (mode === "credentials" && credential === undefined) return undefined;
    if (credential?.kind === "bearer") return keep(origin, `Bearer ${credential.token}`);
    const bearer = parsed.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) {
      const scopes = joinScopes(scopesOf(access), bearer.parameters["scope"]);
      const request = { challenge: bearer, origin, scopes, credential, now: options.now() };
      const token = await askTokenService(request);
      if (token === undefined) return undefined;
      tokens.set(keyOf(mode, { origin, access }), token);
      if (mode === "anonymous") options.memory?.keepToken(placeOf({ origin, access }), token);
      return `Bearer ${token.value}`;
    }
    if (!parsed.some(({ scheme }) => scheme === "basic") || credential === undefined) return undefined;
    const header = basicHeader(credential);
    return header === undefined ? undefined : keep(origin, header);
  }

  function keep(origin: Origin, header: string): string {
    logins.set(siteOf(origin), header);
    return header;
  }

  async function askTokenService(request: TokenRequest): Promise<Token | undefined> {
    try {
      return await fetchToken(options.transport, request);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "not-allowed" || options.loginOnly === true) throw error;
      const who = request.credential === undefined ? "strangers are" : "the stored login is";
      options.onWarning(`${who} refused: ${error.message}`);
      return undefined;
    }
  }

  function credentialFor({ host }: Origin): Promise<Credential | undefined> {
    const asked = known.get(host);
    if (asked !== undefined) return asked;
    const looking = (options.credentials ?? anonymous)(host === "registry-1.docker.io" ? "docker.io" : host).then(
      (credential) => {
        if (credential !== undefined) keepCredential(credential);
        return credential;
      },
    );
    known.set(host, looking);
    return looking;
  }
}

function keepCredential(credential: Credential): void {
  if (credential.kind === "basic") keepSecret(credential.password, credential.username);
  else keepSecret(credential.token, credential.kind === "identity-token" ? "<token>" : undefined);
}

function modesOf({ anonymousFirst, loginOnly }: AuthOptions): readonly AuthMode[] {
  if (loginOnly === true) return ["credentials"];
  return anonymousFirst === true ? ["anonymous", "credentials"] : ["credentials", "anonymous"];
}

const anonymous: CredentialSource = async () => undefined;

function keyOf(mode: AuthMode, asked: Asked): string {
  return `${mode} ${placeOf(asked)}`;
}
