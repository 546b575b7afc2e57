import { AppError } from "../errors.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credential, CredentialSource } from "./credentials.ts";
import type { Origin } from "./endpoints.ts";
import { basicHeader, fetchToken, joinScopes, type Token, type TokenRequest } from "./token.ts";
import type { Transport } from "./transport.ts";

/** What a request needs to be allowed to do. */
export interface Access {
  readonly name: string;
  readonly actions: "pull" | "pull,push" | "delete";
  /** A repository to mount blobs from. */
  readonly mountFrom?: string;
}

export type AuthMode = "anonymous" | "credentials";

export interface Authorizer {
  /** The Authorization header that is known to fit. */
  cached(origin: Origin, access: Access): string | undefined;
  /** The ways that are worth trying after a refusal, in order. */
  readonly modes: readonly AuthMode[];
  /** Answers a 401. @returns the header to send, or undefined when this way leads nowhere. */
  obtain(refusal: Refusal): Promise<string | undefined>;
}

export interface Refusal {
  readonly origin: Origin;
  readonly access: Access;
  readonly mode: AuthMode;
  /** The WWW-Authenticate header; without one the host's last challenge counts. */
  readonly challenge: string | undefined;
  /** The Authorization header that was refused. */
  readonly sent: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AuthOptions {
  readonly transport: Transport;
  readonly credentials?: CredentialSource | undefined;
  readonly anonymousFirst?: boolean | undefined;
  readonly now: () => number;
  readonly onWarning: (message: string) => void;
}

export function openAuthorizer(options: AuthOptions): Authorizer {
  const tokens = new Map<string, Token>();
  const basics = new Map<string, string>();
  const challenges = new Map<string, Challenge[]>();
  const known = new Map<string, Promise<Credential | undefined>>();

  const asking = new Map<string, Promise<string | undefined>>();

  const cached = (origin: Origin, access: Access): string | undefined => {
    const token = tokens.get(keyOf(origin, access));
    if (token !== undefined && token.expiresAt > options.now()) return `Bearer ${token.value}`;
    return basics.get(origin.host);
  };

  return {
    modes: options.anonymousFirst === true ? ["anonymous", "credentials"] : ["credentials", "anonymous"],
    cached,

    async obtain(refusal) {
      const { origin, access, mode, sent } = refusal;
      // Requests side by side are refused together: the first fetches a token for all.
      const newer = cached(origin, access);
      if (newer !== undefined && newer !== sent) return newer;
      const key = `${mode} ${keyOf(origin, access)}`;
      const running = asking.get(key);
      if (running !== undefined) return await running;
      const started = answer(refusal).finally(() => asking.delete(key));
      asking.set(key, started);
      return await started;
    },
  };

  async function answer({ origin, access, mode, challenge, signal }: Refusal): Promise<string | undefined> {
    const parsed = challenge === undefined ? challenges.get(origin.host) : parseChallenges(challenge);
    if (parsed === undefined) return undefined;
    challenges.set(origin.host, parsed);
    const credential = mode === "credentials" ? await credentialFor(origin) : undefined;
    if (mode === "credentials" && credential === undefined) return undefined;
    if (credential?.kind === "bearer") return `Bearer ${credential.token}`;
    const bearer = parsed.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) {
      const scopes = joinScopes(scopesOf(access), bearer.parameters["scope"]);
      const request = { challenge: bearer, origin, scopes, credential, now: options.now(), signal };
      return await askTokenService(request, keyOf(origin, access));
    }
    if (!parsed.some(({ scheme }) => scheme === "basic") || credential === undefined) return undefined;
    const header = basicHeader(credential);
    if (header !== undefined) basics.set(origin.host, header);
    return header;
  }

  async function askTokenService(request: TokenRequest, key: string): Promise<string | undefined> {
    try {
      const token = await fetchToken(options.transport, request);
      tokens.set(key, token);
      return `Bearer ${token.value}`;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "not-allowed") throw error;
      const who = request.credential === undefined ? "strangers" : "the stored login";
      options.onWarning(`the token service of ${request.origin.host} refused ${who}`);
      return undefined;
    }
  }

  function credentialFor({ host }: Origin): Promise<Credential | undefined> {
    const asked = known.get(host);
    if (asked !== undefined) return asked;
    const looking = (options.credentials ?? anonymous)(host === "registry-1.docker.io" ? "docker.io" : host);
    known.set(host, looking);
    return looking;
  }
}

const anonymous: CredentialSource = async () => undefined;

function scopesOf({ name, actions, mountFrom }: Access): string[] {
  return [`repository:${name}:${actions}`, ...(mountFrom === undefined ? [] : [`repository:${mountFrom}:pull`])];
}

function keyOf({ host }: Origin, access: Access): string {
  return `${host} ${scopesOf(access).join(" ")}`;
}
