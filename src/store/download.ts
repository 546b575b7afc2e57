import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError, systemCodeOf } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, openHash } from "../oci/digest.ts";
import { type Content, DigestMismatch, digestMismatch, sizeMismatch } from "../oci/storage.ts";
import { renameWithRetry, syncDirectory } from "./atomic.ts";

/** Ends the name of content that is not whole yet. */
export const PARTIAL = ".partial";

export interface Source {
  readonly content: Content;
  readonly signal: AbortSignal | undefined;
}

/**
 * Fills `<path>.partial`, from where it stopped before, and gives it its name when size and digest are right.
 *
 * Only content judges content: what has arrived goes when it proved to be wrong, or filled the disk. A server that
 * answers wrongly says nothing about it.
 *
 * @throws AppError `bad-data`, and whatever the content throws.
 */
export async function download(path: string, expected: Descriptor, source: Source): Promise<void> {
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
    if (error instanceof DigestMismatch || isFull(error) || (await isEmpty(partial)))
      await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
  await renameWithRetry(partial, path, { signal: source.signal });
  await syncDirectory(dirname(path));
}

async function complete(file: FileHandle, expected: Descriptor, source: Source): Promise<void> {
  const { size } = await file.stat();
  const start = size > expected.size ? await empty(file) : size;
  try {
    await fill(file, expected, { ...source, start });
  } catch (error) {
    // What an earlier attempt left may be what is wrong, and some servers know no Range: one try from the first byte.
    if (start === 0 || !isWrong(error)) throw error;
    if (error instanceof DigestMismatch) await empty(file);
    await fill(file, expected, { ...source, start: 0 });
  }
}

async function fill(
  file: FileHandle,
  expected: Descriptor,
  { content, signal, start }: Source & { start: number },
): Promise<void> {
  const hash = openHash(expected.digest);
  if (start > 0) {
    for await (const chunk of file.createReadStream({ start: 0, end: start - 1, autoClose: false })) {
      signal?.throwIfAborted();
      hash.update(chunk as Buffer);
    }
  }
  let size = start;
  if (size < expected.size || start === 0) {
    for await (const chunk of content(start)) {
      signal?.throwIfAborted();
      // Not before something comes to take the place of what is here.
      if (size === 0 && (await file.stat()).size > 0) await empty(file);
      size += chunk.byteLength;
      if (size > expected.size) throw await refuse(file, sizeMismatch(expected, `at least ${size}`));
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  }
  if (size !== expected.size) throw sizeMismatch(expected, String(size));
  // What went by is what was hashed: the file must hold that and nothing else.
  const { size: written } = await file.stat();
  if (written !== size) throw await refuse(file, sizeMismatch(expected, `${written} in the file`));
  const actual = `${algorithmOf(expected.digest)}:${hash.digest("hex")}`;
  if (actual !== expected.digest) throw digestMismatch(expected, actual);
}

/** Has nothing of it stay. @returns the error. */
async function refuse(file: FileHandle, error: AppError): Promise<AppError> {
  await empty(file);
  return error;
}

async function empty(file: FileHandle): Promise<0> {
  await file.truncate(0);
  return 0;
}

/** Nothing has arrived: there is nothing to continue. */
async function isEmpty(path: string): Promise<boolean> {
  return await stat(path).then(
    ({ size }) => size === 0,
    () => false,
  );
}

function isFull(error: unknown): boolean {
  const code = systemCodeOf(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

export function isWrong(error: unknown): boolean {
  return error instanceof AppError && error.code === "bad-data";
}
