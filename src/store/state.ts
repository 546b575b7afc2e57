import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { isTooDeep } from "../nesting.ts";
import { writeFileAtomically } from "./atomic.ts";
import { refuseNewer } from "./newer.ts";
import type { StorePaths } from "./paths.ts";

export interface Quarantined {
  /** Of the platform manifest. */
  readonly digest: string;
  readonly version: string;
  /** A sentence for people. */
  readonly reason: string;
  /** RFC 3339. */
  readonly since: string;
}

/** What is remembered between launches, and may be lost without harm. */
export interface State {
  readonly schema: 1;
  /** RFC 3339; the last check that came to an answer. */
  readonly lastCheck?: string;
  /** From 0 to below 1: how much of the permitted haste the next check has. */
  readonly jitter?: number;
  /** Versions that do not run on this computer. */
  readonly quarantine: readonly Quarantined[];
  /** A newer launcher that could not take this one's place. `since` is RFC 3339. */
  readonly launcherFailed?: { readonly version: string; readonly since: string };
  /** What the network edge has learned about ways into registries, in its own words. */
  readonly access?: readonly unknown[];
  readonly installId: string;
}

/** Damaged or missing state is as good as none. Keys of a newer launcher are kept. */
export function readState(paths: StorePaths): State {
  const value = readObject(paths.state) ?? {};
  const { lastCheck, jitter, quarantine, installId, launcherFailed, access, ...others } = value;
  return {
    ...others,
    schema: 1,
    quarantine: Array.isArray(quarantine) ? quarantine.filter(isQuarantined) : [],
    installId: typeof installId === "string" ? installId : randomUUID(),
    ...(typeof lastCheck === "string" ? { lastCheck } : {}),
    ...(typeof jitter === "number" && jitter >= 0 && jitter < 1 ? { jitter } : {}),
    ...(isFailure(launcherFailed) ? { launcherFailed } : {}),
    ...(Array.isArray(access) ? { access } : {}),
  };
}

/**
 * Reads, changes, writes; the caller holds the lock. A damaged file is moved aside.
 *
 * @throws AppError `config` for the state of a newer launcher; `io`, `cannot-create`.
 */
export async function updateState(paths: StorePaths, change: (state: State) => State): Promise<void> {
  const before = readObject(paths.state);
  refuseNewer(paths.state, before?.["schema"]);
  if (before === undefined) {
    // Kept for whoever wants to know what happened to it.
    await rename(paths.state, `${paths.state}.damaged`).catch(() => undefined);
  }
  await writeFileAtomically(paths.state, `${JSON.stringify(change(readState(paths)), undefined, 2)}\n`);
}

/** Writes the id down where there is none yet: what is decided by it is decided for good. The caller holds the lock. */
export async function keepInstallId(paths: StorePaths): Promise<void> {
  if (typeof readObject(paths.state)?.["installId"] === "string") return;
  await updateState(paths, (state) => state);
}

function readObject(path: string): Record<string, unknown> | undefined {
  try {
    const text = readFileSync(path, "utf8");
    const value: unknown = JSON.parse(text);
    return !isTooDeep(text) && typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isFailure(value: unknown): value is NonNullable<State["launcherFailed"]> {
  if (typeof value !== "object" || value === null) return false;
  const { version, since } = value as Record<string, unknown>;
  return typeof version === "string" && typeof since === "string";
}

function isQuarantined(value: unknown): value is Quarantined {
  if (typeof value !== "object" || value === null) return false;
  return ["digest", "version", "reason", "since"].every(
    (key) => typeof (value as Record<string, unknown>)[key] === "string",
  );
}
