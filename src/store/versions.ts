import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { diskError, systemCodeOf } from "../errors.ts";
import { type InstalledVersion, isInstalled } from "./activation.ts";
import { renameWithRetry, syncDirectory, writeFileAtomically } from "./atomic.ts";
import type { StorePaths } from "./paths.ts";

/** Names that begin so are nobody's version: work under way, and what is on its way out. */
export const STAGING_PREFIX = ".staging-";
export const TRASH_PREFIX = ".trash-";

export interface Staging extends AsyncDisposable {
  /** A fresh, empty directory on the store's file system. */
  readonly directory: string;
  /** Makes it an installed version, whole and synced to disk. The directory is immutable from here on. */
  commit(version: InstalledVersion): Promise<void>;
}

export async function stageVersion(paths: StorePaths): Promise<Staging> {
  const directory = join(paths.versions, `${STAGING_PREFIX}${randomUUID()}`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw diskError(error, directory);
  }
  return {
    directory,

    async commit(version) {
      const target = join(paths.versions, version.directory);
      try {
        await syncTree(directory);
        // The record first: a directory without one is not installed, and one without a directory is not either.
        await writeFileAtomically(recordPath(paths, version.directory), `${JSON.stringify(version, undefined, 2)}\n`);
        await moveIntoPlace(paths, directory, target);
        await syncDirectory(paths.versions);
      } catch (error) {
        throw diskError(error, target);
      }
    },

    async [Symbol.asyncDispose]() {
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Versions that are whole: a record, a directory, and the program in it. In no particular order. */
export function readInstalled(paths: StorePaths): InstalledVersion[] {
  return readNames(paths.versions).flatMap((name) => {
    if (!name.endsWith(".json")) return [];
    const version = readRecord(join(paths.versions, name));
    return version !== undefined && `${version.directory}.json` === name && isWhole(paths, version) ? [version] : [];
  });
}

export function isWhole(paths: StorePaths, { directory, executable }: InstalledVersion): boolean {
  try {
    const found = statSync(join(paths.versions, directory, executable));
    return found.isFile() && found.size > 0;
  } catch {
    return false;
  }
}

/** Takes a version away: first its name, so that a half-removed one is never taken for whole. */
export async function removeVersion(
  paths: StorePaths,
  { directory }: Pick<InstalledVersion, "directory">,
): Promise<void> {
  const trash = join(paths.versions, `${TRASH_PREFIX}${randomUUID()}`);
  try {
    await rename(join(paths.versions, directory), trash);
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw error;
  }
  await rm(recordPath(paths, directory), { force: true });
  await rm(trash, { recursive: true, force: true });
}

async function moveIntoPlace(paths: StorePaths, from: string, target: string): Promise<void> {
  try {
    await renameWithRetry(from, target);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "EPERM") throw error;
    // It lies there from a damaged install: nobody runs it, or the caller would not have staged it again.
    const trash = join(paths.versions, `${TRASH_PREFIX}${randomUUID()}`);
    await renameWithRetry(target, trash);
    await renameWithRetry(from, target);
    await rm(trash, { recursive: true, force: true });
  }
}

function recordPath(paths: StorePaths, directory: string): string {
  return join(paths.versions, `${directory}.json`);
}

function readRecord(path: string): InstalledVersion | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isInstalled(value) ? value : undefined;
  } catch {
    // A damaged record: the version counts as not installed and is fetched again.
    return undefined;
  }
}

function readNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Files first, then the folders that hold their names, so that a power cut finds all or nothing after the rename. */
async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncFile(path);
  }
  await syncDirectory(directory);
}

async function syncFile(path: string): Promise<void> {
  // Windows syncs only what is open for writing; the modes that we give allow it.
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
