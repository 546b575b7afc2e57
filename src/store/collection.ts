import { join } from "node:path";
import { unlessAborted } from "../abort.ts";
import { redirectActivation } from "./activate.ts";
import type { Activation, InstalledVersion } from "./activation.ts";
import { openBlobs } from "./blobs.ts";
import type { StorePaths } from "./paths.ts";
import { sweepLeftovers } from "./leftovers.ts";
import { isUsed, listProcesses } from "./running.ts";
import { installedAt, isWhole, moveAway, readInstalled } from "./versions.ts";

export interface Collectable {
  readonly version: InstalledVersion;
  readonly installedAt: number;
  /** Whether a process runs it: one that was started before an update, and is still open. */
  readonly running: boolean;
}

/** @param keep how many versions stay altogether; the current, the previous and running ones always do. */
export function planCollection(
  installed: readonly Collectable[],
  activation: Activation,
  keep: number,
): InstalledVersion[] {
  const needed = new Set([activation.current.directory, activation.previous?.directory]);
  const others = installed.filter(({ version, running }) => !running && !needed.has(version.directory));
  const room = Math.max(0, keep - (installed.length - others.length));
  return others
    .sort((a, b) => b.installedAt - a.installedAt)
    .slice(room)
    .map(({ version }) => version);
}

export interface CollectionOptions {
  readonly activation: Activation;
  /** How many versions stay altogether. */
  readonly keep: number;
  /** Whether no download is wanted any more; else those stay that were touched within a week. */
  readonly downloads?: "old" | "all" | undefined;
  /** Milliseconds since the epoch, as the disk's clock has it. */
  readonly now?: () => number;
  /** Node's name of the system. */
  readonly platform: string;
  /** Ends the waiting. What is left is for another time. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Removes versions that are not kept, and what killed launches left. The caller holds the lock. What cannot be removed
 * (a program in use on Windows) waits for the next time.
 */
export async function collectVersions(paths: StorePaths, options: CollectionOptions): Promise<void> {
  const { activation, keep, platform, downloads = "old", now = Date.now, signal } = options;
  const versions = readInstalled(paths);
  const copy = versions.find(({ digest }) => digest === activation.current.digest);
  // Somebody was killed before active.json led to it.
  if (copy !== undefined && !isWhole(paths, activation.current))
    await redirectActivation(paths, copy).catch(() => undefined);
  // Most of the time there is nothing to remove, and nobody to ask.
  const processes = versions.length > keep ? await listProcesses(platform) : "";
  const installed = versions.map((version) => ({
    version,
    installedAt: installedAt(paths, version),
    // Where nobody can tell, nothing is taken away.
    running: processes === undefined || isUsed(join(paths.versions, version.directory), processes),
  }));
  for (const version of planCollection(installed, activation, keep)) {
    await moveAway(paths, version).catch(() => undefined);
  }
  await openBlobs(paths, { now })
    .sweep(downloads)
    .catch(() => undefined);
  // Folders may be large, and a disk slow.
  await unlessAborted(sweepLeftovers(paths, { activation, now, signal }), signal).catch(() => undefined);
}
