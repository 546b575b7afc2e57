import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError, formatError } from "../errors.ts";
import { isWithin } from "../launch/start.ts";
import { acquireLock } from "../store/lock.ts";
import { launcherPaths } from "../store/paths.ts";
import { readSettled, writeSettled } from "../store/settled.ts";
import { readState, updateState } from "../store/state.ts";
import { fetchLauncher, newerLaunchers } from "../update/findLauncher.ts";
import { startBehind } from "./background.ts";
import type { LaunchContext } from "./context.ts";
import { resetEntry } from "./entry.ts";
import type { Session } from "./session.ts";
import { STAGED, sweepPlace } from "./sweepPlace.ts";

export type LauncherUpdate =
  | { readonly kind: "updated"; readonly version: string }
  | { readonly kind: "up-to-date" }
  /** This launcher has no place of its own: whoever put it here replaces it. */
  | { readonly kind: "not-settled" }
  | { readonly kind: "busy" }
  | { readonly kind: "failed"; readonly error: unknown };

// Nobody waits for it, so that a slow line may take its time.
const FETCH_MS = 30 * 60_000;
const TRY_MS = 60_000;
const STATE_LOCK_MS = 2000;
// One that did not work is tried again after a day, and a newer one at once.
const RETRY_MS = 24 * 60 * 60_000;

/** Whether the tags that were read tell of a launcher that should take this one's place. */
export function isLauncherDue(session: Session): boolean {
  const { context, update } = session;
  const listed = session.listed();
  if (listed === undefined || !isSettledHere(context)) return false;
  return (
    newerLaunchers(listed.tags, update, { installed: context.embedded.launcherVersion, leftOut: leftOut(session) })
      .length > 0
  );
}

/** Takes away what ran while it was replaced; whoever is replacing it right now does so by themselves. */
export async function sweepLaunchers({ context, desktop, update }: Session): Promise<void> {
  if (!isSettledHere(context)) return;
  try {
    await using lock = await acquireLock(launcherPaths(context.paths), { timeout: 0 });
    if (lock !== undefined) await sweepPlace(context, desktop);
  } catch (error) {
    // Nothing that a start should fail for.
    update.log("not-written", { error: formatError(error) });
  }
}

/** Replaces the launcher at its place by a newer one that has shown that it starts. */
export async function updateLauncher(
  session: Session,
  { waitForLock, tryAgain }: { readonly waitForLock: number; readonly tryAgain: boolean },
): Promise<LauncherUpdate> {
  const { context, update } = session;
  if (!isSettledHere(context)) return { kind: "not-settled" };
  // The answer that told of the program's versions was about launchers too.
  if (session.listed() !== undefined && !tryAgain && !isLauncherDue(session)) return { kind: "up-to-date" };
  const staged = join(context.paths.launcher, `${STAGED}${randomUUID()}`);
  const attempt: Attempt = {};
  try {
    await using lock = await acquireLock(launcherPaths(context.paths), { timeout: waitForLock });
    if (lock === undefined) return { kind: "busy" };
    await sweepPlace(context, session.desktop);
    return await replace(session, { staged, attempt, leftOut: tryAgain ? undefined : leftOut(session) });
  } catch (error) {
    update.log("launcher-update-failed", { version: attempt.version, error: formatError(error) });
    const failed = attempt.version ?? (isWrong(error) ? attempt.fetching : undefined);
    if (failed !== undefined) await remember(session, failed);
    return { kind: "failed", error };
  } finally {
    await rm(staged, { recursive: true, force: true }).catch(() => undefined);
  }
}

interface Attempt {
  /** What is being fetched. */
  fetching?: string;
  /** What was fetched whole. */
  version?: string;
}

/** Whether its content is not what was published; a network's trouble says nothing about it. */
function isWrong(error: unknown): boolean {
  return error instanceof AppError && error.code === "bad-data";
}

interface Replacing {
  readonly staged: string;
  readonly attempt: Attempt;
  readonly leftOut: string | undefined;
}

async function replace(session: Session, { staged, attempt, leftOut }: Replacing): Promise<LauncherUpdate> {
  const { context, desktop, update } = session;
  const installed = readSettled(context.paths)?.launcherVersion ?? context.embedded.launcherVersion;
  const [published, unpacked] = [join(staged, "published"), join(staged, "launcher")];
  for (const directory of [published, unpacked]) await mkdir(directory, { recursive: true });
  let failure: unknown;
  for (const origin of update.origins) {
    try {
      const signal = AbortSignal.timeout(FETCH_MS);
      const own = { ...update, paths: launcherPaths(context.paths) };
      const found = await fetchLauncher(own, origin, {
        installed,
        leftOut,
        signal,
        directory: published,
        onFetch: (version) => (attempt.fetching = version),
      });
      if (found === undefined) return { kind: "up-to-date" };
      attempt.version = found.version;
      const launcher = await desktop.unpack(join(published, found.file), unpacked);
      await tryLauncher(context, desktop.executableIn(launcher), found.version);
      // It may decide otherwise about what the script was made for.
      await resetEntry(session);
      await desktop.place(launcher);
      const settled = readSettled(context.paths);
      if (settled !== undefined) await writeSettled(context.paths, { ...settled, launcherVersion: found.version });
      await rm(launcherPaths(context.paths).blobs, { recursive: true, force: true }).catch(() => undefined);
      update.log("launcher-updated", { from: installed, to: found.version });
      // The new launcher knows best what it declares: shortcuts, files, addresses.
      startBehind({ executable: desktop.executableIn(desktop.home), env: context.env }, "install");
      return { kind: "updated", version: found.version };
    } catch (error) {
      // One that was fetched and does not start is the same from everywhere.
      if (attempt.version !== undefined) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** A launcher that cannot start here, or is another program's, never gets to the place that shortcuts lead to. */
async function tryLauncher(context: LaunchContext, executable: string, version: string): Promise<void> {
  const said = await new Promise<string>((resolve) => {
    const env = { ...context.env, SLIPWAY_PROGRESS: "never" };
    execFile(
      executable,
      ["--launcher", "version", "--json"],
      { timeout: TRY_MS, windowsHide: true, encoding: "utf8", env },
      (error, stdout) => resolve(stdout === "" ? (error?.message ?? "it said nothing") : stdout),
    );
  });
  const { id } = context.installer;
  if (isAnswer(said, id, version)) return;
  throw new AppError("bad-data", `launcher ${version} does not run here: ${said.trim().slice(0, 200)}`, {
    hint: "The one that is installed stays. Tell the publisher.",
  });
}

function isAnswer(text: string, id: string, version: string): boolean {
  try {
    const value = JSON.parse(text) as { id?: unknown; launcher?: unknown } | null;
    return value?.id === id && value.launcher === version;
  } catch {
    return false;
  }
}

function isSettledHere({ paths, executable }: LaunchContext): boolean {
  const settled = readSettled(paths);
  return settled !== undefined && isWithin(executable, settled.home);
}

function leftOut({ context, update }: Session): string | undefined {
  const failed = readState(context.paths).launcherFailed;
  return failed !== undefined && Math.abs(update.now() - Date.parse(failed.since)) < RETRY_MS
    ? failed.version
    : undefined;
}

async function remember({ context, update }: Session, version: string): Promise<void> {
  const launcherFailed = { version, since: new Date(update.now()).toISOString() };
  try {
    await using lock = await acquireLock(context.paths, { timeout: STATE_LOCK_MS });
    if (lock !== undefined) await updateState(context.paths, (state) => ({ ...state, launcherFailed }));
  } catch (error) {
    update.log("not-written", { error: formatError(error) });
  }
}
