import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Activation, InstalledVersion } from "./activation.ts";
import type { StorePaths } from "./paths.ts";
import { readInstalled, removeVersion, STAGING_PREFIX, TRASH_PREFIX } from "./versions.ts";

/**
 * Which installed versions go: all but the current one, the previous one, and the newest installed up to `keep`
 * altogether.
 */
export function planCollection(
  installed: readonly { readonly version: InstalledVersion; readonly installedAt: number }[],
  activation: Activation,
  keep: number,
): InstalledVersion[] {
  const needed = new Set([activation.current.digest, activation.previous?.digest]);
  const others = installed.filter(({ version }) => !needed.has(version.digest));
  const room = Math.max(0, keep - (installed.length - others.length));
  return others
    .sort((a, b) => b.installedAt - a.installedAt)
    .slice(room)
    .map(({ version }) => version);
}

/**
 * Removes versions that are not kept, and what killed launches left. The caller holds the lock, so no staging
 * directory is anybody's. What cannot be removed (a program in use on Windows) waits for the next time.
 */
export async function collectVersions(
  paths: StorePaths,
  { activation, keep }: { activation: Activation; keep: number },
): Promise<void> {
  const installed = await Promise.all(
    readInstalled(paths).map(async (version) => ({
      version,
      installedAt: await timeOf(join(paths.versions, version.directory)),
    })),
  );
  for (const version of planCollection(installed, activation, keep)) {
    await removeVersion(paths, version).catch(() => undefined);
  }
  for (const name of await readdir(paths.versions).catch(() => [])) {
    if (!name.startsWith(STAGING_PREFIX) && !name.startsWith(TRASH_PREFIX)) continue;
    await rm(join(paths.versions, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function timeOf(path: string): Promise<number> {
  return await stat(path).then(
    (found) => found.ctimeMs,
    () => 0,
  );
}
