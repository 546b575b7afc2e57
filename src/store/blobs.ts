import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, encodedOf, openHash } from "../oci/digest.ts";
import {
  type Bytes,
  type Content,
  digestMismatch,
  type FetchOptions,
  notFound,
  sizeMismatch,
  type Storage,
  verifyBytes,
} from "../oci/storage.ts";
import { syncDirectory } from "./atomic.ts";
import type { StorePaths } from "./paths.ts";

export interface Blobs extends Storage {
  path(digest: Digest): string;
  remove(digest: Digest): Promise<void>;
}

/**
 * Downloads of the launcher. Content arrives in `<hex>.partial`, which survives a kill or a dead network and is
 * continued next time; it gets its name only when size and digest are right.
 */
export function openBlobs(paths: StorePaths): Blobs {
  const pathOf = (digest: Digest): string => {
    openHash(digest); // Only algorithms that can be checked become a path.
    return join(paths.blobs, algorithmOf(digest), encodedOf(digest));
  };

  return {
    path: pathOf,

    async has({ digest, size }) {
      return await stat(pathOf(digest)).then(
        (found) => found.isFile() && found.size === size,
        () => false,
      );
    },

    async *fetch(descriptor: Descriptor, options: FetchOptions = {}): Bytes {
      options.signal?.throwIfAborted();
      const offset = options.offset ?? 0;
      const stored = readBlob(pathOf(descriptor.digest), offset, descriptor);
      yield* offset === 0 ? verifyBytes(stored, descriptor) : stored;
    },

    async push(expected: Descriptor, content: Content): Promise<void> {
      const path = pathOf(expected.digest);
      if (await this.has(expected)) return;
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await download(expected, content, path);
      } catch (error) {
        throw diskError(error, path);
      }
    },

    async remove(digest) {
      const path = pathOf(digest);
      await rm(path, { force: true });
      await rm(`${path}.partial`, { force: true });
    },
  };
}

async function download(expected: Descriptor, content: Content, path: string): Promise<void> {
  const partial = `${path}.partial`;
  const file = await open(partial, "a+", 0o600);
  try {
    let start = (await file.stat()).size;
    if (start > expected.size) start = await empty(file);
    try {
      await fill(file, { expected, content, start });
    } catch (error) {
      // What an earlier attempt left may be what is wrong: one try from the first byte.
      if (start === 0 || !isWrong(error)) throw error;
      await fill(file, { expected, content, start: await empty(file) });
    }
    await file.sync();
  } catch (error) {
    // Bytes that are right so far are kept for next time; wrong ones are not.
    if (isWrong(error)) await rm(partial, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(partial, path);
  await syncDirectory(dirname(path));
}

async function fill(
  file: FileHandle,
  { expected, content, start }: { expected: Descriptor; content: Content; start: number },
): Promise<void> {
  const hash = openHash(expected.digest);
  if (start > 0) {
    for await (const chunk of file.createReadStream({ start: 0, end: start - 1, autoClose: false }))
      hash.update(chunk as Buffer);
  }
  let size = start;
  if (size < expected.size || start === 0) {
    for await (const chunk of content(start)) {
      size += chunk.byteLength;
      if (size > expected.size) throw sizeMismatch(expected, `at least ${size}`);
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  }
  if (size !== expected.size) throw sizeMismatch(expected, String(size));
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

async function* readBlob(path: string, start: number, { digest }: Descriptor): Bytes {
  try {
    yield* createReadStream(path, { start }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") throw notFound(digest);
    throw error;
  }
}
