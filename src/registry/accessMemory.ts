import { keepSecret } from "../redact.ts";
import type { AuthMode } from "./auth.ts";
import type { Token } from "./token.ts";

/** The way that led into a repository. */
export interface KnownWay {
  readonly mode: AuthMode;
  /** The WWW-Authenticate header that it answers: where tokens are given, and for what. No secret is in it. */
  readonly challenge: string;
}

/**
 * Ways into repositories, so that the next process goes there at once instead of being refused first. Of tokens only
 * those are written down that any stranger is given.
 */
export interface AccessMemory {
  way(place: string): KnownWay | undefined;
  token(place: string): Token | undefined;
  keepWay(place: string, way: KnownWay): void;
  keepToken(place: string, token: Token): void;
  forget(place: string): void;
  /** For a file that only its owner reads. The newest is the last. */
  write(): readonly WrittenWay[];
}

export interface WrittenWay extends KnownWay {
  readonly place: string;
  readonly token?: Token;
}

// A program has its mirrors and a repository; who asks many keeps those that it asked last.
const MAX_PLACES = 8;
// Honest challenges are a few hundred characters, tokens of strangers a few thousand.
const MAX_LENGTH = 8 * 1024;
const SENDABLE = /^[\x21-\x7e]+$/;

/** @param written what an earlier {@link AccessMemory.write} gave; what is none of that is passed over. */
export function openAccessMemory(written: unknown): AccessMemory {
  const ways = new Map<string, KnownWay>();
  const tokens = new Map<string, Token>();
  for (const value of Array.isArray(written) ? written.slice(-MAX_PLACES) : []) {
    const { place, mode, challenge, token } = (value ?? {}) as Partial<Record<keyof WrittenWay, unknown>>;
    if (!isText(place) || !isText(challenge) || (mode !== "anonymous" && mode !== "credentials")) continue;
    ways.set(place, { mode, challenge });
    if (mode === "anonymous" && isToken(token)) {
      keepSecret(token.value);
      tokens.set(place, { value: token.value, expiresAt: token.expiresAt });
    }
  }

  return {
    way: (place) => ways.get(place),
    token: (place) => tokens.get(place),
    keepWay(place, way) {
      // Set anew, it is the last.
      ways.delete(place);
      if (isText(place) && isText(way.challenge)) ways.set(place, way);
    },
    keepToken: (place, token) => void tokens.set(place, token),
    forget(place) {
      ways.delete(place);
      tokens.delete(place);
    },
    write: () =>
      [...ways].slice(-MAX_PLACES).map(([place, { mode, challenge }]): WrittenWay => {
        const token = mode === "anonymous" ? tokens.get(place) : undefined;
        return isToken(token) ? { place, mode, challenge, token } : { place, mode, challenge };
      }),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_LENGTH;
}

function isToken(value: unknown): value is Token {
  if (typeof value !== "object" || value === null) return false;
  const { value: text, expiresAt } = value as Partial<Record<keyof Token, unknown>>;
  return isText(text) && SENDABLE.test(text) && typeof expiresAt === "number";
}
