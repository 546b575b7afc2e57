import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "./atomic.ts";
import type { StorePaths } from "./paths.ts";

// This file is on the launch path.

/** What was done so that a person finds the program again; whoever removes it reads it here. */
export interface Settled {
  readonly schema: 1;
  /** SemVer of the launcher at {@link home}. */
  readonly launcherVersion: string;
  /** The launcher's place: its file, or a Mac's bundle. It never changes, so that shortcuts and pins stay right. */
  readonly home: string;
  /** What was made beside it, as the desktop that made it wants to know. */
  readonly made: Readonly<Record<string, unknown>>;
}

/** Undefined when it has not settled, when the record is damaged, or when the launcher is gone from its place. */
export function readSettled(paths: StorePaths): Settled | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(settledRecord(paths), "utf8"));
  } catch {
    return undefined;
  }
  return isSettled(value) && existsSync(value.home) ? value : undefined;
}

export async function writeSettled(paths: StorePaths, settled: Settled): Promise<void> {
  await writeFileAtomically(settledRecord(paths), `${JSON.stringify(settled, undefined, 2)}\n`);
}

/** Where it is written down. */
export function settledRecord(paths: StorePaths): string {
  return join(paths.launcher, "settled.json");
}

function isSettled(value: unknown): value is Settled {
  if (typeof value !== "object" || value === null) return false;
  const { schema, launcherVersion, home, made } = value as Record<string, unknown>;
  return (
    schema === 1 &&
    typeof launcherVersion === "string" &&
    typeof home === "string" &&
    typeof made === "object" &&
    made !== null
  );
}
