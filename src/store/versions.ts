import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { chmod, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { diskError, systemCodeOf } from "../errors.ts";
import { type InstalledVersion, isInstalled } from "./activation.ts";
import { parseArchives, type SealedArchive } from "./archives.ts";
import { writeFileAtomically } from "./atomic.ts";
import type { StorePaths } from "./paths.ts";
import { type Damage, findDamage, type SealedFile } from "./seal.ts";

/** Names that begin so are nobody's version: work under way, and what is on its way out. */
export const STAGING_PREFIX = ".staging-";
export const TRASH_PREFIX = ".trash-";
/** Ends the name of a version's record, which is otherwise the version's directory. */
export const RECORD_SUFFIX = ".json";
/** The same for the list of its files, which repairs and updates read. */
export const FILES_SUFFIX = ".files";
/** The same for the archives that it was unpacked from, if any, which only updates read. */
export const ARCHIVES_SUFFIX = ".archives";

const EXECUTE = 0o111;

/** Versions that are whole: a record, a directory, and the program in it. In no particular order. */
export function readInstalled(paths: StorePaths): InstalledVersion[] {
  return readNames(paths.versions).flatMap((name) => {
    if (!name.endsWith(RECORD_SUFFIX)) return [];
    const version = readRecord(join(paths.versions, name));
    const isNamed = version !== undefined && `${version.directory}${RECORD_SUFFIX}` === name;
    return isNamed && isWhole(paths, version) ? [version] : [];
  });
}

export function isWhole(paths: StorePaths, { directory, executable, size }: InstalledVersion): boolean {
  try {
    const found = statSync(join(paths.versions, directory, executable));
    return found.isFile() && (size === undefined ? found.size > 0 : found.size === size);
  } catch {
    return false;
  }
}

/** What of it is not as it was installed. Reads every file; undefined where nobody knows what was installed. */
export async function inspectVersion(paths: StorePaths, version: InstalledVersion): Promise<Damage[] | undefined> {
  const files = readFiles(paths, version);
  return files === undefined ? undefined : await findDamage(join(paths.versions, version.directory), files);
}

/** Lets the program be executed again where somebody took that away. @returns whether that was so. */
export async function restoreExecutable(paths: StorePaths, version: InstalledVersion): Promise<boolean> {
  const path = join(paths.versions, version.directory, version.executable);
  try {
    if (await isExecutable(path)) return false;
    await chmod(path, 0o755);
    // Windows knows no such thing.
    return await isExecutable(path);
  } catch {
    // Not there, or not ours.
    return false;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return ((await stat(path)).mode & EXECUTE) === EXECUTE;
}

/**
 * When it was installed, in milliseconds since the epoch; 0 where that is not known. The record tells, because the
 * directory's own times change when the program writes into it.
 */
export function installedAt(paths: StorePaths, { directory }: InstalledVersion): number {
  try {
    return statSync(recordPath(paths, directory)).mtimeMs;
  } catch {
    return 0;
  }
}

/**
 * Has what is here count as another version from now on: the same content was published under another number. Its
 * directory keeps its name, because it may be running. The caller holds the lock.
 *
 * @throws AppError `io`, `cannot-create`.
 */
export async function renumberVersion(
  paths: StorePaths,
  here: InstalledVersion,
  version: string,
): Promise<InstalledVersion> {
  const renumbered = { ...here, version };
  await writeFileAtomically(recordPath(paths, here.directory), `${JSON.stringify(renumbered, undefined, 2)}\n`);
  return renumbered;
}

/**
 * Takes a version away: first its name, so that a half-removed one is never taken for whole.
 *
 * @throws AppError `io`, `cannot-create`, also for a program in use on Windows.
 */
export async function removeVersion(paths: StorePaths, version: Pick<InstalledVersion, "directory">): Promise<void> {
  const trash = await moveAway(paths, version);
  await rm(trash, { recursive: true, force: true }).catch((error: unknown) => {
    throw diskError(error, trash);
  });
}

/**
 * The first and short half of it. What is left has a name that is nobody's, and may be removed at any time.
 *
 * @returns that name. @throws AppError as {@link removeVersion}.
 */
export async function moveAway(paths: StorePaths, { directory }: Pick<InstalledVersion, "directory">): Promise<string> {
  const path = join(paths.versions, directory);
  const trash = join(paths.versions, `${TRASH_PREFIX}${randomUUID()}`);
  try {
    await rename(path, trash).catch((error: unknown) => {
      if (systemCodeOf(error) !== "ENOENT") throw error;
    });
    await rm(recordPath(paths, directory), { force: true });
    await rm(filesPath(paths, directory), { force: true });
    await rm(archivesPath(paths, directory), { force: true });
  } catch (error) {
    throw diskError(error, path);
  }
  return trash;
}

/** Where it is written what a version's directory holds: beside it, never inside the program's own tree. */
export function recordPath(paths: StorePaths, directory: string): string {
  return join(paths.versions, `${directory}${RECORD_SUFFIX}`);
}

/** The list of its files as they were installed lies there too. */
export function filesPath(paths: StorePaths, directory: string): string {
  return join(paths.versions, `${directory}${FILES_SUFFIX}`);
}

/** So do the archives that it was unpacked from. */
export function archivesPath(paths: StorePaths, directory: string): string {
  return join(paths.versions, `${directory}${ARCHIVES_SUFFIX}`);
}

/** The archives that it was unpacked from, as far as that is known. */
export function readArchives(paths: StorePaths, { directory }: InstalledVersion): readonly SealedArchive[] {
  try {
    return parseArchives(readFileSync(archivesPath(paths, directory), "utf8")) ?? [];
  } catch {
    return [];
  }
}

/** What was installed; undefined when that is not known. */
export function readFiles(paths: StorePaths, { directory }: InstalledVersion): SealedFile[] | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(filesPath(paths, directory), "utf8"));
    return Array.isArray(value) && value.every(isSealedFile) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isSealedFile(value: unknown): value is SealedFile {
  if (typeof value !== "object" || value === null) return false;
  const { path, size, sha256 } = value as Record<string, unknown>;
  return typeof path === "string" && typeof size === "number" && typeof sha256 === "string";
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
