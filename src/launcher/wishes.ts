import { existsSync, readdirSync } from "node:fs";
import { isWithin } from "../launch/start.ts";
import { TEMPORARY } from "../store/paths.ts";
import { readSettled } from "../store/settled.ts";
import type { LaunchContext } from "./context.ts";

// This file is on the launch path.

/** Opened by a person, and not where this very launcher, or another one of this version, has its place. */
export function wantsToSettle({ start, installer, paths, executable, embedded }: LaunchContext): boolean {
  if (!start.opened || !installer.install) return false;
  const settled = readSettled(paths);
  if (settled === undefined) return true;
  return !isWithin(executable, settled.home) && settled.launcherVersion !== embedded.launcherVersion;
}

/** A program for terminals that was opened where there is none: nobody would see it. */
export function wantsTerminal({ start, installer }: LaunchContext): boolean {
  return start.windowed && installer.interface === "console";
}

/** Something was left to be told, by a process that nobody saw. */
export function hasNews({ paths }: LaunchContext): boolean {
  return existsSync(paths.news);
}

/** Beside the launcher at its place is what its own updates left, or are making: no launcher's name begins with a dot. */
export function hasLeftovers({ paths }: Pick<LaunchContext, "paths">): boolean {
  try {
    return readdirSync(paths.launcher).some((name) => name.startsWith(".") || name.endsWith(TEMPORARY));
  } catch {
    // It has no place.
    return false;
  }
}
