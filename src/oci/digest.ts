import { createHash, type Hash } from "node:crypto";
import { AppError } from "../errors.ts";

/** `algorithm:encoded`, the grammar of image-spec descriptor.md "Digests". */
export type Digest = `${string}:${string}`;

// image-spec descriptor.md: encoded is lowercase hex for the registered algorithms.
const HEX_LENGTH: ReadonlyMap<string, number> = new Map([
  ["sha256", 64],
  ["sha512", 128],
]);
const GRAMMAR = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
// A digest becomes a file name and a URL segment: no honest one is longer.
const MAX_LENGTH = 256;

/** @throws AppError `bad-data` when the text is not a digest, or not a well-formed one of its algorithm. */
export function parseDigest(text: string): Digest {
  const problem = digestProblem(text);
  if (problem !== undefined) throw new AppError("bad-data", problem);
  return text as Digest;
}

/** Why the text is no digest, or undefined. Unknown algorithms pass the grammar but are never trusted. */
export function digestProblem(text: string): string | undefined {
  if (text.length > MAX_LENGTH || !GRAMMAR.test(text)) {
    return `not a digest: expected "sha256:" and 64 hex digits, got ${JSON.stringify(text.slice(0, MAX_LENGTH))}`;
  }
  const [algorithm = "", encoded = ""] = text.split(":", 2);
  const length = HEX_LENGTH.get(algorithm);
  if (length === undefined) return undefined;
  if (encoded.length !== length || !/^[a-f0-9]+$/.test(encoded)) {
    return `not a ${algorithm} digest: expected ${length} lowercase hex digits, got ${JSON.stringify(encoded)}`;
  }
  return undefined;
}

export function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(":"));
}

export function encodedOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The first 12 digits, for people and directory names. */
export function shortDigest(digest: Digest): string {
  return encodedOf(digest).slice(0, 12);
}

export function digestOf(bytes: Uint8Array, algorithm: "sha256" | "sha512" = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

const known = new WeakMap<Uint8Array, Digest>();

/** Remembers what somebody has computed of these very bytes, which nobody may change from now on. */
export function rememberDigest(bytes: Uint8Array, digest: Digest): void {
  known.set(bytes, digest);
}

/** What was remembered of them. */
export function knownDigest(bytes: Uint8Array): Digest | undefined {
  return known.get(bytes);
}

/** A running hash for the digest's algorithm. @throws AppError `bad-data` when we cannot compute it. */
export function openHash(digest: Digest): Hash {
  const algorithm = algorithmOf(digest);
  if (!HEX_LENGTH.has(algorithm)) {
    throw new AppError("bad-data", `cannot verify ${digest}: "${algorithm}" is not an algorithm Slipway can check`, {
      hint: "Publish with sha256 or sha512 digests.",
    });
  }
  return createHash(algorithm);
}
