import { AppError } from "../errors.ts";
import {
  type Activation,
  type InstalledVersion,
  planConfirmation,
  planRollBack,
  readActivation,
} from "../store/activation.ts";
import { writeActivation } from "../store/activate.ts";
import { acquireLock } from "../store/lock.ts";
import { updateState } from "../store/state.ts";
import { readUsableActivation } from "../store/usable.ts";
import { isWhole } from "../store/versions.ts";
import type { UpdateContext } from "./context.ts";

type StoreContext = Pick<UpdateContext, "paths" | "now" | "log">;

// Both are short writes; whoever holds the lock for longer is downloading, and the next launch comes to it.
const LOCK_WAIT_MS = 2000;

/** Remembers that a version does not run on this computer, so that it is not chosen again. */
export async function quarantineVersion(
  context: StoreContext,
  version: InstalledVersion,
  reason: string,
): Promise<void> {
  const since = new Date(context.now()).toISOString();
  const entry = { digest: version.digest, version: version.version, reason, since };
  await updateState(context.paths, (state) => ({
    ...state,
    quarantine: [...state.quarantine.filter(({ digest }) => digest !== version.digest), entry],
  }));
  context.log("quarantined", { ...entry });
}

/**
 * Goes back from a version that failed its first run to the one before it; where nobody knows that any more, to
 * another one that is kept.
 *
 * @returns the activation to launch now, or undefined when there is no version to go back to.
 */
export async function rollBack(
  context: StoreContext,
  failed: InstalledVersion,
  reason: string,
): Promise<Activation | undefined> {
  const read = readActivation(context.paths);
  // A newer launcher's store: it judges for itself.
  if (read.kind === "newer") return undefined;
  const written = read.kind === "found" ? read.activation : undefined;
  const ours = written?.current.digest === failed.digest;
  const planned = ours ? planRollBack(written, new Date(context.now()).toISOString()) : undefined;
  const back = planned !== undefined && isWhole(context.paths, planned.current) ? planned : undefined;
  await tryWriting(context, async () => {
    await quarantineVersion(context, failed, reason);
    if (back !== undefined) await writeActivation(context.paths, back);
  });
  // Without a plan: somebody else was faster and activated what may well run, or what was written down is lost.
  const next = back ?? readUsableActivation(context.paths);
  if (next === undefined || next.current.digest === failed.digest) return undefined;
  context.log("rolled-back", { from: failed.version, to: next.current.version, reason });
  return next;
}

/** Writes down that the version runs. Where that cannot be written it stays on probation, and a later launch confirms it. */
export async function confirmVersion(context: StoreContext, version: InstalledVersion): Promise<void> {
  await tryWriting(context, async () => {
    const read = readActivation(context.paths);
    if (read.kind !== "found" || read.activation.current.digest !== version.digest) return;
    await writeActivation(context.paths, planConfirmation(read.activation));
    context.log("confirmed", { version: version.version });
  });
}

/** Writes under the lock. A full disk, or somebody else at work, must not stop a launch: it is logged. */
async function tryWriting(context: StoreContext, write: () => Promise<void>): Promise<void> {
  try {
    await using lock = await acquireLock(context.paths, { timeout: LOCK_WAIT_MS });
    if (lock !== undefined) await write();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    context.log("not-written", { error: error.message });
  }
}
