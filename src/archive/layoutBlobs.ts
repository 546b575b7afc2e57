import { createReadStream } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { type Bytes, type Content, notFound, verifyBytes } from "../oci/storage.ts";
import { BLOBS } from "./layoutFiles.ts";
import { isLeftover, writeBeside } from "./writeBeside.ts";

/** The file has its name only when size and digest are right. */
export async function writeBlob(
  path: string,
  expected: Descriptor,
  { content, signal }: { content: Content; signal: AbortSignal | undefined },
): Promise<void> {
  await writeBeside(path, watch(verifyBytes(content(0), expected), signal));
}

async function* watch(bytes: Bytes, signal: AbortSignal | undefined): Bytes {
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

/** @throws AppError `not-found`. */
export async function* readBlob(path: string, start: number, digest: Digest): Bytes {
  try {
    yield* createReadStream(path, { start }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") throw notFound(digest);
    throw error;
  }
}

/** A mismatch of size or digest, with the name of the file. */
export function damaged(error: unknown, path: string): unknown {
  if (!(error instanceof AppError) || error.code !== "bad-data") return error;
  return new AppError("bad-data", `${path}: ${error.message}`, {
    hint: "The file is damaged: take it away, then push or copy the content again.",
    cause: error,
  });
}

/** Bytes of the file, or undefined when there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT" || systemCodeOf(error) === "ENOTDIR") return undefined;
    throw diskError(error, path);
  }
}

export async function hasBlobs(directory: string): Promise<boolean> {
  return (await listFolders(directory)).length > 0;
}

/** Takes away what a killed writer left beside its files. */
export async function sweepLeftovers(directory: string): Promise<void> {
  for (const folder of [directory, ...(await listFolders(directory))]) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (isLeftover(name)) await rm(join(folder, name), { force: true }).catch(() => undefined);
    }
  }
}

/** One for each algorithm. */
async function listFolders(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, BLOBS)).catch(() => []);
  return names.map((name) => join(directory, BLOBS, name));
}
