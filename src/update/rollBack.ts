import { AppError, formatError } from "../errors.ts";
import {
  type Activation,
  type InstalledVersion,
  planConfirmation,
  planRollBack,
  readActivation,
} from "../store/activation.ts";
import { writeActivation } from "../store/activate.ts";
import { acquireLock } from "../store/lock.ts";
import { refuseNewer } from "../store/newer.ts";
import { updateState } from "../store/state.ts";
import { findStandIn } from "../store/usable.ts";
import { isWhole, readInstalled, removeVersion } from "../store/versions.ts";
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
  // A newer launcher's store: it judges for itself.
  if (readActivation(context.paths).kind === "newer") return undefined;
  let next = planWayBack(context, failed);
  const written = await tryWriting(context, async () => {
    await quarantineVersion(context, failed, reason);
    // Somebody else may have been faster, before the lock was ours.
    next = planWayBack(context, failed);
    if (next !== undefined) await writeActivation(context.paths, next);
  });
  if (next === undefined) return undefined;
  context.log("rolled-back", { from: failed.version, to: next.current.version, reason, written });
  return next;
}

/**
 * What to run after this version has failed: what somebody activated meanwhile, the version before, or another one that
 * is kept.
 */
function planWayBack({ paths, now }: StoreContext, failed: InstalledVersion): Activation | undefined {
  const read = readActivation(paths);
  const written = read.kind === "found" ? read.activation : undefined;
  if (written !== undefined && written.current.digest !== failed.digest && isWhole(paths, written.current))
    return written;
  const planned = written === undefined ? undefined : planRollBack(written, new Date(now()).toISOString());
  if (planned !== undefined && planned.current.digest !== failed.digest && isWhole(paths, planned.current))
    return planned;
  return findStandIn(paths, { written, except: failed.digest });
}

/**
 * Goes back to the version before because the person says so, and leaves the current one out until there is another.
 *
 * @returns the activation from now on. @throws AppError when there is nothing to go back to, or it cannot be written.
 */
export async function goBack(
  context: StoreContext,
  { waitForLock }: { readonly waitForLock: number },
): Promise<{ readonly activation: Activation; readonly from: string }> {
  await using lock = await acquireLock(context.paths, { timeout: waitForLock });
  if (lock === undefined) throw busy();
  const read = readActivation(context.paths);
  if (read.kind === "newer") refuseNewer(context.paths.activation, read.schema);
  const written = read.kind === "found" ? read.activation : undefined;
  const planned = written === undefined ? undefined : planRollBack(written, new Date(context.now()).toISOString());
  if (written === undefined || planned === undefined || !isWhole(context.paths, planned.current)) {
    const kept = readInstalled(context.paths).map(({ version }) => version);
    throw new AppError("not-found", "there is no version before this one to go back to", {
      hint:
        kept.length > 1
          ? `These are kept: ${kept.join(", ")}. Choose one with: --launcher pin VERSION`
          : "Another version can be had with: --launcher pin VERSION",
    });
  }
  await quarantineVersion(context, written.current, "you went back from it");
  await writeActivation(context.paths, planned);
  context.log("went-back", { from: written.current.version, to: planned.current.version });
  return { activation: planned, from: written.current.version };
}

/** Somebody else holds the lock. */
export function busy(): AppError {
  return new AppError("temporary", "another start of this program is updating it right now", {
    hint: "Wait until it is done, then try again; a large download may take its time.",
  });
}

/** Takes a version away that is not what was installed, so that it is fetched again. */
export async function discardVersion(context: StoreContext, version: InstalledVersion): Promise<void> {
  await tryWriting(context, async () => {
    await removeVersion(context.paths, version);
    context.log("discarded", { version: version.version });
  });
}

/** Writes down that the version runs. Where that cannot be written it stays on probation, and a later launch confirms it. */
export async function confirmVersion(context: StoreContext, version: InstalledVersion): Promise<void> {
  await tryWriting(context, async () => {
    const read = readActivation(context.paths);
    if (read.kind !== "found" || read.activation.current.digest !== version.digest || read.activation.confirmed) return;
    await writeActivation(context.paths, planConfirmation(read.activation));
    context.log("confirmed", { version: version.version });
  });
}

/**
 * Writes under the lock. Whatever a disk may do, or somebody else who is at work, must not stop a launch: it is logged.
 *
 * @returns whether it was written.
 */
async function tryWriting(context: StoreContext, write: () => Promise<void>): Promise<boolean> {
  try {
    await using lock = await acquireLock(context.paths, { timeout: LOCK_WAIT_MS });
    if (lock === undefined) throw busy();
    await write();
    return true;
  } catch (error) {
    context.log("not-written", { error: formatError(error) });
    return false;
  }
}
