import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Desktop } from "../desktop/desktop.ts";
import { TEMPORARY } from "../store/paths.ts";
import type { LaunchContext } from "./context.ts";

/** Begins the name of a folder in which a newer launcher is made ready. */
export const STAGED = ".staged-";

/** Takes away what swaps moved aside, and what a killed update was making. The caller holds the launcher's lock. */
export async function sweepPlace({ paths }: LaunchContext, desktop: Desktop): Promise<void> {
  await desktop.sweep();
  for (const name of await readdir(paths.launcher).catch(() => []))
    if (name.startsWith(STAGED) || name.endsWith(TEMPORARY))
      await rm(join(paths.launcher, name), { recursive: true, force: true }).catch(() => undefined);
}
