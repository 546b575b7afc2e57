import { ACTIVATION_SCHEMA, type Activation, type InstalledVersion, readActivation } from "./activation.ts";
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
  const latest = selectLatest(paths);
  if (latest === undefined) return undefined;
  return {
    schema: ACTIVATION_SCHEMA,
    current: latest,
    confirmed: false,
    request: written?.request ?? "",
    activatedAt: new Date(0).toISOString(),
  };
}

/** One that failed on this computer comes only where there is no other: it was installed after the one that ran. */
function selectLatest(paths: StorePaths): InstalledVersion | undefined {
  const failed = new Set<string>(readState(paths).quarantine.map(({ digest }) => digest));
  const [latest] = readInstalled(paths)
    .map((version) => ({ version, failed: failed.has(version.digest), at: installedAt(paths, version) }))
    .sort((a, b) => Number(a.failed) - Number(b.failed) || b.at - a.at);
  return latest?.version;
}
