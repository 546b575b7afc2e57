import { type Activation, type InstalledVersion, readActivation } from "./activation.ts";
import { writeFileAtomically } from "./atomic.ts";
import { refuseNewer } from "./newer.ts";
import type { StorePaths } from "./paths.ts";

/**
 * Points every following launch at another version, by one atomic rename. The caller holds the lock.
 *
 * @throws AppError `config` for the store of a newer launcher; `io`, `cannot-create`.
 */
export async function writeActivation(paths: StorePaths, activation: Activation): Promise<void> {
  const before = readActivation(paths);
  if (before.kind === "newer") refuseNewer(paths.activation, before.schema);
  await writeFileAtomically(paths.activation, `${JSON.stringify(activation, undefined, 2)}\n`);
}

/**
 * Where active.json leads to another copy of this version, which is damaged, it leads to this one from now on. The
 * caller holds the lock.
 *
 * @throws AppError `io`, `cannot-create`.
 */
export async function redirectActivation(paths: StorePaths, version: InstalledVersion): Promise<void> {
  const read = readActivation(paths);
  if (read.kind !== "found") return;
  const { current, previous } = read.activation;
  const isElsewhere = ({ digest, directory }: InstalledVersion): boolean =>
    digest === version.digest && directory !== version.directory;
  if (isElsewhere(current)) await writeActivation(paths, { ...read.activation, current: version });
  else if (previous !== undefined && isElsewhere(previous))
    await writeActivation(paths, { ...read.activation, previous: version });
}
