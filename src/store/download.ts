import { type FileHandle, open, rm, stat, truncate } from "node:fs/promises";
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
      await complete({ path: partial, file }, expected, source);
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

/** What has arrived, open for more. */
interface Arrived {
  readonly path: string;
  readonly file: FileHandle;
}

async function complete(arrived: Arrived, expected: Descriptor, source: Source): Promise<void> {
  const { size } = await arrived.file.stat();
  const start = size > expected.size ? await empty(arrived) : size;
  try {
    await fill(arrived, expected, { ...source, start });
  } catch (error) {
    // What an earlier attempt left may be what is wrong, and some servers know no Range: one try from the first byte.
    if (!isWrong(error) || (start === 0 && !comesOtherwise(error))) throw error;
    if (error instanceof DigestMismatch) await empty(arrived);
    await fill(arrived, expected, { ...source, start: 0 });
  }
}

async function fill(
  arrived: Arrived,
  expected: Descriptor,
  { content, signal, start }: Source & { start: number },
): Promise<void> {
  const { file } = arrived;
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
      if (size === 0 && (await file.stat()).size > 0) await empty(arrived);
      size += chunk.byteLength;
      if (size > expected.size) throw await refuse(arrived, sizeMismatch(expected, `at least ${size}`));
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  }
  if (size !== expected.size) throw sizeMismatch(expected, String(size));
  // What went by is what was hashed: the file must hold that and nothing else.
  const { size: written } = await file.stat();
  if (written !== size) throw await refuse(arrived, sizeMismatch(expected, `${written} in the file`));
  const actual = `${algorithmOf(expected.digest)}:${hash.digest("hex")}`;
  if (actual !== expected.digest) throw digestMismatch(expected, actual);
}

/** Has nothing of it stay. @returns the error. */
async function refuse(arrived: Arrived, error: AppError): Promise<AppError> {
  await empty(arrived);
  return error;
}

/** By its name: Windows does not let a file be cut that is open for appending (nodejs/node#3177). */
async function empty({ path }: Arrived): Promise<0> {
  await truncate(path, 0);
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

function comesOtherwise(error: unknown): boolean {
  return error instanceof DigestMismatch && error.comesOtherwise;
}

export function isWrong(error: unknown): boolean {
  return error instanceof AppError && error.code === "bad-data";
}
