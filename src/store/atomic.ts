import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { diskError, systemCodeOf } from "../errors.ts";
import { TEMPORARY } from "./paths.ts";

/**
 * Writes beside, syncs, renames: a reader sees the old content or the new, and so does the disk after a power cut.
 *
 * @throws AppError `io`, `cannot-create` for a disk that is full or may not be written.
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID().slice(0, 8)}${TEMPORARY}`;
  try {
    await makeFolder(dirname(path));
    const file = await open(beside, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameWithRetry(beside, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw diskError(error, path);
  }
}

/** Makes a folder and those around it that are missing, and has the disk keep their names. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = resolve(path); made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

// Windows virus scanners hold fresh files for a moment (graceful-fs#104, velopack#159).
const HELD: ReadonlySet<string | undefined> = new Set(["EPERM", "EACCES", "EBUSY"]);

/** Whether the error may be one of Windows for a file that somebody else has open. */
export function isHeld(error: unknown): boolean {
  return HELD.has(systemCodeOf(error));
}

/** Removes a file whose removal can wait for another time. @returns whether it is gone. */
export async function removeUnlessHeld(path: string): Promise<boolean> {
  try {
    await rm(path, { force: true });
    return true;
  } catch (error) {
    if (!isHeld(error)) throw error;
    return false;
  }
}

const RETRY_FOR_MS = 60_000;
// Windows has a path separator of its own: the process is not ours to ask here.
const OWN_PLATFORM = sep === "\\" ? "win32" : "posix";

export interface RenameOptions {
  /** Ends the trying with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly platform?: string;
  readonly sleep?: (ms: number) => Promise<unknown>;
  readonly rename?: (from: string, to: string) => Promise<void>;
}

/** Renames; on Windows it tries again for up to a minute while somebody else holds the file. */
export async function renameWithRetry(from: string, to: string, options: RenameOptions = {}): Promise<void> {
  const move = options.rename ?? rename;
  const { signal } = options;
  const ended = signal === undefined ? {} : { signal };
  const sleep = options.sleep ?? (async (ms) => await delay(ms, undefined, ended).catch(() => undefined));
  const retryFor = (options.platform ?? OWN_PLATFORM) === "win32" ? RETRY_FOR_MS : 0;
  for (let waited = 0, pause = 10; ; waited += pause, pause = Math.min(pause * 2, 1000)) {
    try {
      return await move(from, to);
    } catch (error) {
      if (!isHeld(error) || waited >= retryFor) throw error;
      await sleep(pause);
      signal?.throwIfAborted();
    }
  }
}

/** Makes a rename in the directory last through a power cut. Windows has no such call, and some file systems refuse. */
export async function syncDirectory(path: string): Promise<void> {
  let directory;
  try {
    directory = await open(path, "r");
    await directory.sync();
  } catch (error) {
    const code = systemCodeOf(error);
    if (code !== "EISDIR" && code !== "EPERM" && code !== "EINVAL" && code !== "EACCES" && code !== "ENOTSUP")
      throw error;
  } finally {
    await directory?.close();
  }
}
