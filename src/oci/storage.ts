import { AppError } from "../errors.ts";
import type { Descriptor } from "./descriptor.ts";
import { algorithmOf, type Digest, digestOf, knownDigest, openHash } from "./digest.ts";
import { PUBLISH_AGAIN } from "./parse.ts";

/** Content as it streams by. Chunks may have any length. */
export type Bytes = AsyncIterable<Uint8Array>;

/**
 * Opens content at a byte offset. It may be called more than once: after a failed attempt a target asks again,
 * from where it stopped. Content opened at an offset above 0 is checked as a whole by whoever asked for it.
 */
export type Content = (offset: number) => Bytes;

export interface FetchOptions {
  /** First byte wanted, default 0. */
  readonly offset?: number;
  readonly signal?: AbortSignal;
}

export interface PushOptions {
  readonly signal?: AbortSignal;
  /** For a manifest: the tag it gets in the same step. */
  readonly tag?: string;
  /** For a blob: a repository name on the same host that may hold it already (distribution-spec end-11). */
  readonly mountFrom?: string;
  /** For a blob: there is reason to think that it is not there, and nobody needs to ask. */
  readonly absent?: boolean;
}

/**
 * The one contract of everything that holds content: a registry's repository, an image layout, the store, memory.
 * Verification is inside, so that it cannot be forgotten.
 */
export interface Storage {
  /** Whether the whole content is there. */
  has(descriptor: Descriptor, options?: { readonly signal?: AbortSignal }): Promise<boolean>;

  /**
   * Streams the content. With offset 0 it throws `bad-data` at the end, before the stream finishes, unless size and
   * digest match. @throws AppError `not-found` when it is not there.
   */
  fetch(descriptor: Descriptor, options?: FetchOptions): Bytes;

  /**
   * Stores the content, or nothing: when size or digest do not match it throws `bad-data` and `has` stays false.
   * Pushing what is there already succeeds.
   */
  push(expected: Descriptor, content: Content, options?: PushOptions): Promise<void>;
}

export interface FetchedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** A storage in which manifests have names. A `reference` is a tag or a digest. */
export interface TaggedStorage extends Storage {
  /** Type, digest and size of what the reference stands for. @throws AppError `not-found`. */
  resolve(reference: string, options?: { readonly signal?: AbortSignal }): Promise<Descriptor>;

  /** The manifest's own bytes, verified. One request where `resolve` and `fetch` would be two. */
  fetchManifest(reference: string, options?: { readonly signal?: AbortSignal }): Promise<FetchedManifest>;

  /** Points the tag at a manifest that is there. */
  tag(descriptor: Descriptor, tag: string, options?: { readonly signal?: AbortSignal }): Promise<void>;

  /** Every tag, in no particular order. @throws AppError `not-found` when there is no such repository. */
  tags(options?: { readonly signal?: AbortSignal }): Promise<string[]>;

  /**
   * The same tags in parts, where the storage has them in parts: for whoever need not keep all of them. A tag may come
   * more than once.
   */
  tagPages?(options?: { readonly signal?: AbortSignal }): AsyncIterable<readonly string[]>;

  /**
   * Manifests whose subject this is, where the storage can tell (distribution-spec end-12). @throws AppError `not-found`
   * where it could and does not.
   */
  referrers?(digest: Digest, options?: { readonly signal?: AbortSignal }): Promise<Descriptor[]>;
}

/** Content that is at hand. */
export function contentOf(bytes: Uint8Array): Content {
  return async function* (offset) {
    // The very object: what is known of it counts.
    yield offset === 0 ? bytes : bytes.subarray(offset);
  };
}

/** The whole content in memory, verified. @throws AppError `bad-data` when the descriptor says more than the limit. */
export async function fetchBytes(
  storage: Storage,
  descriptor: Descriptor,
  options: { readonly limit: number; readonly signal?: AbortSignal },
): Promise<Uint8Array> {
  if (descriptor.size > options.limit) {
    throw new AppError(
      "bad-data",
      `${descriptor.digest}: ${descriptor.size} bytes is more than the ${options.limit} allowed here`,
      { hint: PUBLISH_AGAIN },
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of storage.fetch(descriptor, options.signal === undefined ? {} : { signal: options.signal })) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Passes the bytes on and throws as soon as they are too many, or when size or digest differ. The last chunk is held
 * back until then: nobody downstream ever has the whole of what is wrong.
 */
export async function* verifyBytes(bytes: Bytes, expected: Descriptor): Bytes {
  // image-spec descriptor.md: compare the size before hashing, so that nobody can make us hash without end.
  const hash = openHash(expected.digest);
  let size = 0;
  let held: Uint8Array | undefined;
  let known = false;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    if (size > expected.size) throw sizeMismatch(expected, `at least ${size}`);
    // All of it in one piece, which was hashed where it was read.
    known ||= chunk.byteLength === expected.size && knownDigest(chunk) === expected.digest;
    if (!known) hash.update(chunk);
    // Only what completes the content is held back: what came before a line went dead is worth keeping.
    if (size < expected.size) yield chunk;
    else if (chunk.byteLength > 0) held = chunk;
  }
  if (size !== expected.size) throw sizeMismatch(expected, String(size));
  const actual = `${algorithmOf(expected.digest)}:${hash.digest("hex")}`;
  if (!known && actual !== expected.digest) throw digestMismatch(expected, actual);
  if (held !== undefined) yield held;
}

/** The same for content in memory. @throws AppError `bad-data`. */
export function verifyWhole(bytes: Uint8Array, expected: Descriptor): void {
  if (bytes.byteLength !== expected.size) throw sizeMismatch(expected, String(bytes.byteLength));
  openHash(expected.digest);
  const actual = digestOf(bytes, algorithmOf(expected.digest) === "sha512" ? "sha512" : "sha256");
  if (actual !== expected.digest) throw digestMismatch(expected, actual);
}

export function sizeMismatch(expected: Descriptor, actual: string): AppError {
  return new AppError("bad-data", `wrong size: expected ${expected.size} bytes of ${expected.digest}, got ${actual}`, {
    hint: "The content was cut short or changed on its way. Try again; if it stays, the publisher must push it again.",
  });
}

/** Content that is known to be another one. A wrong size may be but a server's word. */
export class DigestMismatch extends AppError {
  /** Whether it would come another way if it were asked for once more. */
  comesOtherwise = false;
}

export function digestMismatch(expected: Descriptor, actual: string): AppError {
  return new DigestMismatch("bad-data", `wrong digest: expected ${expected.digest}, got ${actual}`, {
    hint: "The content is not what was published. Try again; if it stays, tell the publisher.",
  });
}

export function notFound(what: string, hint?: string): AppError {
  return new AppError("not-found", `${what} does not exist`, hint === undefined ? {} : { hint });
}
