import { ACTIVATION_SCHEMA, type Activation, readActivation } from "./activation.ts";
import type { StorePaths } from "./paths.ts";
import { readState } from "./state.ts";
import { installedAt, isWhole, readInstalled } from "./versions.ts";

/**
 * The activation that a launch can rely on: its version is really there. Where the current version was deleted or the
 * activation is damaged, it is the previous version, or the one installed last: what ran yesterday runs today.
 */
export function readUsableActivation(paths: StorePaths): Activation | undefined {
  const read = readActivation(paths);
  const written = read.kind === "found" || read.kind === "newer" ? read.activation : undefined;
  if (written !== undefined && isWhole(paths, written.current)) return written;
  const { previous } = written ?? {};
  if (written !== undefined && previous !== undefined && isWhole(paths, previous)) {
    const { previous: _gone, ...rest } = written;
    return { ...rest, current: previous, confirmed: true };
  }
  return findStandIn(paths, { written });
}

/**
 * Any other version that is kept, on probation. One that failed on this computer comes only where there is no other: it
 * was installed after the one that ran.
 *
 * @param except a digest that is out of the question.
 */
export function findStandIn(
  paths: StorePaths,
  { written, except }: { readonly written: Activation | undefined; readonly except?: string },
): Activation | undefined {
  const failed = new Set<string>(readState(paths).quarantine.map(({ digest }) => digest));
  const [latest] = readInstalled(paths)
    .filter(({ digest }) => digest !== except)
    .map((version) => ({ version, failed: failed.has(version.digest), at: installedAt(paths, version) }))
    .sort((a, b) => Number(a.failed) - Number(b.failed) || b.at - a.at);
  if (latest === undefined) return undefined;
  return {
    schema: ACTIVATION_SCHEMA,
    current: latest.version,
    confirmed: false,
    request: written?.request ?? "",
    activatedAt: new Date(0).toISOString(),
  };
}

/**
 * A program of another size than was installed: somebody damaged it, or it changes itself. Where there is nothing else
 * and no network, it is better than nothing, and watched.
 */
export function readDamagedActivation(paths: StorePaths): Activation | undefined {
  const read = readActivation(paths);
  const written = read.kind === "found" || read.kind === "newer" ? read.activation : undefined;
  if (written === undefined) return undefined;
  const current = [written.current, written.previous].find(
    (version) => version !== undefined && isWhole(paths, { ...version, size: undefined }),
  );
  return current === undefined ? undefined : { ...written, current, confirmed: false };
}
