import { readdirSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Activation } from "./activation.ts";
import { READY_PREFIX, type StorePaths, TEMPORARY } from "./paths.ts";
import {
  ARCHIVES_SUFFIX,
  FILES_SUFFIX,
  readInstalled,
  RECORD_SUFFIX,
  removeVersion,
  STAGING_PREFIX,
  TRASH_PREFIX,
} from "./versions.ts";

// Whoever waits for the lock has a file of their own beside it, and nobody waits for a day. A program on its first run
// has one too, and does not hold the lock.
const ABANDONED_MS = 24 * 60 * 60 * 1000;

interface Sweep {
  readonly activation: Activation;
  readonly now: () => number;
  /** Aborted when the caller no longer holds the lock: only what is nobody's under any name is removed then. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Whether there is anything besides the current version, the one before it and their records. A glance at the names
 * alone, because a person waits for the program.
 */
export function isTidy(paths: StorePaths, { current, previous }: Activation): boolean {
  const known = new Set(
    [current.directory, previous?.directory].flatMap((name) => [
      name,
      `${name}${RECORD_SUFFIX}`,
      `${name}${FILES_SUFFIX}`,
      `${name}${ARCHIVES_SUFFIX}`,
    ]),
  );
  return (
    glance(paths.versions).every((name) => known.has(name)) &&
    glance(paths.blobs).every((algorithm) => glance(join(paths.blobs, algorithm)).length === 0) &&
    !glance(paths.root).some(isLeftInRoot)
  );
}

/**
 * Removes what processes left that were killed at work. The caller holds the lock, so none of what it protects is
 * anybody's; other things are after a day. What cannot be removed waits for the next time.
 */
export async function sweepLeftovers(paths: StorePaths, sweep: Sweep): Promise<void> {
  await sweepRoot(paths, sweep.now());
  await sweepVersions(paths, sweep);
}

async function sweepVersions(paths: StorePaths, { activation, signal }: Sweep): Promise<void> {
  const { current, previous } = activation;
  const isLate = (): boolean => signal?.aborted === true;
  const names = await namesIn(paths.versions);
  if (isLate()) return;
  const kept = new Set([current.directory, previous?.directory]);
  for (const { directory } of readInstalled(paths)) kept.add(directory);
  for (const name of names) {
    if (name.startsWith(STAGING_PREFIX) || name.startsWith(TRASH_PREFIX) || name.endsWith(TEMPORARY)) {
      await removeQuietly(join(paths.versions, name));
      continue;
    }
    // The system's own, such as what a network drive keeps of a deleted file.
    if (name.startsWith(".") || isLate()) continue;
    // A directory without its record, or one of them without its directory: a removal that was cut short.
    const suffix = [RECORD_SUFFIX, FILES_SUFFIX, ARCHIVES_SUFFIX].find((ending) => name.endsWith(ending));
    const directory = suffix === undefined ? name : name.slice(0, -suffix.length);
    if (!kept.has(name) && !kept.has(directory)) await removeVersion(paths, { directory }).catch(() => undefined);
  }
}

async function sweepRoot(paths: StorePaths, now: number): Promise<void> {
  const lockFiles = `${basename(paths.lock)}.`;
  for (const name of await namesIn(paths.root)) {
    const path = join(paths.root, name);
    const mayBeSomebodys = name.startsWith(lockFiles) || name.startsWith(READY_PREFIX);
    if (isLeftInRoot(name) || (mayBeSomebodys && (await isAbandoned(path, now)))) await removeQuietly(path);
  }
}

function isLeftInRoot(name: string): boolean {
  return name.endsWith(TEMPORARY);
}

function glance(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

async function isAbandoned(path: string, now: number): Promise<boolean> {
  return await stat(path).then(
    // Or a day ahead, after a clock that was wrong.
    ({ mtimeMs }) => Math.abs(now - mtimeMs) > ABANDONED_MS,
    () => false,
  );
}

async function namesIn(directory: string): Promise<string[]> {
  return await readdir(directory).catch(() => []);
}

async function removeQuietly(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}
