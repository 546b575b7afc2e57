import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, encodedOf, openHash, parseDigest } from "../oci/digest.ts";
import {
  type Bytes,
  type Content,
  digestMismatch,
  type FetchOptions,
  notFound,
  type PushOptions,
  sizeMismatch,
  type Storage,
  verifyBytes,
} from "../oci/storage.ts";
import { renameWithRetry, syncDirectory } from "./atomic.ts";
import type { StorePaths } from "./paths.ts";

export interface Blobs extends Storage {
  path(content: Pick<Descriptor, "digest">): string;
  /** Takes it away, and what has arrived of it. A file that is held on Windows is left to `sweep`. */
  remove(digest: Digest): Promise<void>;
  /** Takes away what nobody has come back for in a week. The caller holds the lock. */
  sweep(): Promise<void>;
}

// A release that was given up half-way or has been superseded: nobody continues it.
const KEEP_MS = 7 * 24 * 60 * 60 * 1000;
const PARTIAL = ".partial";

/**
 * Downloads of the launcher. Content arrives in `<hex>.partial`, which survives a kill or a dead network and is
 * continued next time; it gets its name only when size and digest are right.
 *
 * One process writes at a time: the caller holds the lock.
 */
export function openBlobs(paths: StorePaths, { now = Date.now }: { readonly now?: () => number } = {}): Blobs {
  const pushes = new Map<string, Promise<void>>();

  const pathOf = ({ digest }: Pick<Descriptor, "digest">): string => {
    // Only what can be checked becomes a path.
    openHash(parseDigest(digest));
    return join(paths.blobs, algorithmOf(digest), encodedOf(digest));
  };

  async function has({ digest, size }: Descriptor): Promise<boolean> {
    const path = pathOf({ digest });
    return await stat(path).then(
      (found) => found.isFile() && found.size === size,
      () => false,
    );
  }

  async function pushOnce(expected: Descriptor, content: Content, options: PushOptions): Promise<void> {
    const path = pathOf(expected);
    if (await has(expected)) return;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await download(path, expected, { content, signal: options.signal });
    } catch (error) {
      throw diskError(error, path);
    }
  }

  return {
    path: pathOf,
    has,

    async *fetch(descriptor: Descriptor, options: FetchOptions = {}): Bytes {
      options.signal?.throwIfAborted();
      const path = pathOf(descriptor);
      const offset = options.offset ?? 0;
      const stored = readBlob(path, descriptor, { offset, signal: options.signal });
      try {
        yield* offset === 0 ? verifyBytes(stored, descriptor) : stored;
      } catch (error) {
        // A disk that lost it, or somebody who changed it: it must not stand in the way of the right content.
        if (isWrong(error)) await rm(path, { force: true }).catch(() => undefined);
        throw error;
      }
    },

    async push(expected: Descriptor, content: Content, options: PushOptions = {}): Promise<void> {
      const path = pathOf(expected);
      // Two writers would mix their bytes in one partial file: the second one waits, and mostly finds it there.
      for (let other = pushes.get(path); other !== undefined; other = pushes.get(path)) {
        await other.catch(() => undefined);
      }
      const own = pushOnce(expected, content, options).finally(() => pushes.delete(path));
      pushes.set(path, own);
      await own;
    },

    async remove(digest) {
      const path = pathOf({ digest });
      await Promise.all([path, `${path}${PARTIAL}`].map(removeUnlessHeld));
    },

    async sweep() {
      const oldest = now() - KEEP_MS;
      for (const algorithm of await readdir(paths.blobs).catch(() => [])) {
        const directory = join(paths.blobs, algorithm);
        for (const name of await readdir(directory).catch(() => [])) {
          const path = join(directory, name);
          const touched = await stat(path).catch(() => undefined);
          if (touched?.isFile() === true && touched.mtimeMs < oldest) await removeUnlessHeld(path);
        }
      }
    },
  };
}

async function removeUnlessHeld(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    const code = systemCodeOf(error);
    if (code !== "EBUSY" && code !== "EPERM" && code !== "EACCES") throw error;
  }
}

interface Source {
  readonly content: Content;
  readonly signal: AbortSignal | undefined;
}

async function download(path: string, expected: Descriptor, source: Source): Promise<void> {
  const partial = `${path}${PARTIAL}`;
  try {
    const file = await open(partial, "a+", 0o600);
    try {
      await complete(file, expected, source);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    // Bytes that are right so far are kept for next time; wrong ones are not.
    if (isWrong(error)) await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
  await renameWithRetry(partial, path);
  await syncDirectory(dirname(path));
}

async function complete(file: FileHandle, expected: Descriptor, source: Source): Promise<void> {
  let start = (await file.stat()).size;
  if (start > expected.size) start = await empty(file);
  try {
    await fill(file, expected, { ...source, start });
  } catch (error) {
    // What an earlier attempt left may be what is wrong: one try from the first byte.
    if (start === 0 || !isWrong(error)) throw error;
    await fill(file, expected, { ...source, start: await empty(file) });
  }
}

async function fill(
  file: FileHandle,
  expected: Descriptor,
  { content, signal, start }: Source & { start: number },
): Promise<void> {
  const hash = openHash(expected.digest);
  if (start > 0) {
    for await (const chunk of file.createReadStream({ start: 0, end: start - 1, autoClose: false }))
      hash.update(chunk as Buffer);
  }
  let size = start;
  if (size < expected.size || start === 0) {
    for await (const chunk of content(start)) {
      signal?.throwIfAborted();
      size += chunk.byteLength;
      if (size > expected.size) throw sizeMismatch(expected, `at least ${size}`);
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  }
  if (size !== expected.size) throw sizeMismatch(expected, String(size));
  // What went by is what was hashed: the file must hold that and nothing else.
  const { size: written } = await file.stat();
  if (written !== size) throw sizeMismatch(expected, `${written} in the file`);
  const actual = `${algorithmOf(expected.digest)}:${hash.digest("hex")}`;
  if (actual !== expected.digest) throw digestMismatch(expected, actual);
}

async function empty(file: FileHandle): Promise<0> {
  await file.truncate(0);
  return 0;
}

function isWrong(error: unknown): boolean {
  return error instanceof AppError && error.code === "bad-data";
}

async function* readBlob(
  path: string,
  { digest }: Descriptor,
  { offset, signal }: { offset: number; signal: AbortSignal | undefined },
): Bytes {
  try {
    yield* createReadStream(path, { start: offset, signal: signal ?? null }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") throw notFound(digest);
    throw error;
  }
}
