import { randomUUID } from "node:crypto";
import { lstatSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { diskError } from "../errors.ts";
import { redirectActivation } from "./activate.ts";
import type { InstalledVersion } from "./activation.ts";
import type { SealedArchive } from "./archives.ts";
import { makeFolder, renameWithRetry, syncDirectory, writeFileAtomically } from "./atomic.ts";
import type { StorePaths } from "./paths.ts";
import { type SeenContent, sealTree } from "./seal.ts";
import { archivesPath, filesPath, readInstalled, recordPath, removeVersion, STAGING_PREFIX } from "./versions.ts";

export interface Staging extends AsyncDisposable {
  /** A fresh, empty directory on the store's file system. */
  readonly directory: string;
  /**
   * Makes it an installed version, whole and synced to disk. The directory is immutable from here on. When the same
   * version is installed already, that one stays: it may be running. What is damaged goes when this one is in its place,
   * and not before.
   *
   * @returns the version with the name under which it lies.
   */
  commit(version: InstalledVersion, options?: CommitOptions): Promise<InstalledVersion>;
}

export interface CommitOptions {
  /** Gives it up before it gets its name. */
  readonly signal?: AbortSignal | undefined;
  /** Takes the place of the same version even though that looks whole. */
  readonly replace?: boolean;
  /** What it was unpacked from, where the same can be made of its files again. */
  readonly archives?: readonly SealedArchive[];
  /** What was seen of its files while they were written. */
  readonly contents?: ReadonlyMap<string, SeenContent>;
}

export async function stageVersion(paths: StorePaths): Promise<Staging> {
  const directory = join(paths.versions, `${STAGING_PREFIX}${randomUUID()}`);
  try {
    await makeFolder(paths.versions);
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    throw diskError(error, directory);
  }
  return {
    directory,

    async commit(version, { signal, replace = false, archives = [], contents } = {}) {
      const here = readInstalled(paths).find(({ digest }) => digest === version.digest);
      if (!replace && here !== undefined) return here;
      const { name, taken } = findName(paths, version.directory);
      const placed = { ...version, directory: name };
      const target = join(paths.versions, name);
      try {
        const files = await sealTree(directory, { seen: contents, signal });
        await writeFileAtomically(filesPath(paths, name), `${JSON.stringify(files)}\n`);
        if (archives.length > 0) await writeFileAtomically(archivesPath(paths, name), `${JSON.stringify(archives)}\n`);
        // The record first: a directory without one is not installed, and one without a directory is not either.
        await writeFileAtomically(recordPath(paths, name), `${JSON.stringify(placed, undefined, 2)}\n`);
        await renameWithRetry(directory, target, { signal });
        await syncDirectory(paths.versions);
        await supersede(paths, placed, [...taken, ...otherCopies(paths, placed)]);
      } catch (error) {
        throw diskError(error, target);
      }
      return placed;
    },

    async [Symbol.asyncDispose]() {
      // A file that is held on Windows: collectVersions comes to it.
      await rm(directory, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

/** A name that nothing has, and those that were passed over: what lies there is damaged, and may be all there is to run. */
function findName(paths: StorePaths, directory: string): { name: string; taken: string[] } {
  const taken: string[] = [];
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? directory : `${directory}-${count}`;
    if (lstatSync(join(paths.versions, name), { throwIfNoEntry: false }) === undefined) return { name, taken };
    taken.push(name);
  }
}

/** What holds the same content, as far as its looks tell: its name is another where it was another version once. */
function otherCopies(paths: StorePaths, { digest, directory }: InstalledVersion): string[] {
  return readInstalled(paths)
    .filter((version) => version.digest === digest && version.directory !== directory)
    .map((version) => version.directory);
}

/** Has active.json lead to this copy, by its one rename, and takes the others away. */
async function supersede(paths: StorePaths, placed: InstalledVersion, others: readonly string[]): Promise<void> {
  // Without a record it is what a sweep takes away, as soon as active.json does not lead there.
  for (const name of others) await rm(recordPath(paths, name), { force: true }).catch(() => undefined);
  await redirectActivation(paths, placed);
  // A program that runs on Windows: collectVersions comes to it.
  for (const directory of others) await removeVersion(paths, { directory }).catch(() => undefined);
}
