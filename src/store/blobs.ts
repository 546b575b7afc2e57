import { createReadStream } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BLOCK_BYTES } from "../blocks.ts";
import { diskError, systemCodeOf } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, encodedOf, openHash, parseDigest } from "../oci/digest.ts";
import {
  type Bytes,
  type Content,
  type FetchOptions,
  notFound,
  type PushOptions,
  type Storage,
  verifyBytes,
} from "../oci/storage.ts";
import { makeFolder, removeUnlessHeld } from "./atomic.ts";
import { download, isWrong, PARTIAL } from "./download.ts";
import type { StorePaths } from "./paths.ts";

export interface Blobs extends Storage {
  path(content: Pick<Descriptor, "digest">): string;
  /** Takes it away, and what has arrived of it. A file that is held on Windows is left to `sweep`. */
  remove(digest: Digest): Promise<void>;
  /** Takes away what nobody has come back for in a week, or all. The caller holds the lock. */
  sweep(which?: "old" | "all"): Promise<void>;
}

// A release that was given up half-way or has been superseded: nobody continues it.
const KEEP_MS = 7 * 24 * 60 * 60 * 1000;

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
      await makeFolder(dirname(path));
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

    async sweep(which = "old") {
      const oldest = which === "all" ? Number.POSITIVE_INFINITY : now() - KEEP_MS;
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

async function* readBlob(
  path: string,
  { digest }: Descriptor,
  { offset, signal }: { offset: number; signal: AbortSignal | undefined },
): Bytes {
  try {
    yield* createReadStream(path, {
      start: offset,
      highWaterMark: BLOCK_BYTES,
      ...(signal === undefined ? {} : { signal }),
    }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") throw notFound(digest);
    throw error;
  }
}
