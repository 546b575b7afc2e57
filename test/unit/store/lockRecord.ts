import { mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { acquireLock } from "../../../src/store/lock.ts";
import type { Owner } from "../../../src/store/lockFile.ts";
import type { StorePaths } from "../../../src/store/paths.ts";

// An id that no system gives.
export const NOBODY = 2 ** 30;

export const once0 = { timeout: 0 };

/** A lock that holds this, last touched so many seconds ago. */
export async function leave(paths: StorePaths, content: string, secondsAgo = 0): Promise<void> {
  await mkdir(paths.root, { recursive: true });
  await writeFile(paths.lock, content);
  const touched = Date.now() / 1000 - secondsAgo;
  await utimes(paths.lock, touched, touched);
}

export async function readOwner(path: string): Promise<Owner> {
  return JSON.parse(await readFile(path, "utf8")) as Owner;
}

/** The record that this process would write. */
export async function ownRecord(paths: StorePaths): Promise<Owner> {
  await using _lock = await acquireLock(paths, once0);
  return await readOwner(paths.lock);
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
