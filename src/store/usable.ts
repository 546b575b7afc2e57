import { statSync } from "node:fs";
import { join } from "node:path";
import { ACTIVATION_SCHEMA, type Activation, readActivation } from "./activation.ts";
import type { StorePaths } from "./paths.ts";
import { isWhole, readInstalled } from "./versions.ts";

/**
 * The activation that a launch can rely on: its version is really there. Where the current version was deleted or the
 * activation is damaged, it is the previous version, or the newest installed one: what ran yesterday runs today.
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
  const [newest] = readInstalled(paths).sort((a, b) => timeOf(paths, b.directory) - timeOf(paths, a.directory));
  if (newest === undefined) return undefined;
  return {
    schema: ACTIVATION_SCHEMA,
    current: newest,
    confirmed: false,
    request: written?.request ?? "",
    activatedAt: new Date(0).toISOString(),
  };
}

function timeOf(paths: StorePaths, directory: string): number {
  return statSync(join(paths.versions, directory), { throwIfNoEntry: false })?.ctimeMs ?? 0;
}
