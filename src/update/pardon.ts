import type { VersionRequest } from "../release/versionRequest.ts";
import { acquireLock } from "../store/lock.ts";
import { type Quarantined, readState, updateState } from "../store/state.ts";
import type { UpdateContext } from "./context.ts";
import { busy } from "./rollBack.ts";

type StoreContext = Pick<UpdateContext, "paths" | "log">;

/**
 * Takes out of the quarantine what a person asks for by its version or digest, and nothing else.
 *
 * @returns what was taken out, for {@link quarantineAgain}. @throws AppError when it cannot be written down.
 */
export async function pardon(
  context: StoreContext,
  request: VersionRequest,
  { waitForLock }: { readonly waitForLock: number },
): Promise<readonly Quarantined[]> {
  const pardoned = readState(context.paths).quarantine.filter((entry) => isNamed(entry, request));
  if (pardoned.length === 0) return [];
  await using lock = await acquireLock(context.paths, { timeout: waitForLock });
  if (lock === undefined) throw busy();
  await updateState(context.paths, (state) => ({
    ...state,
    quarantine: state.quarantine.filter((entry) => !isNamed(entry, request)),
  }));
  context.log("pardoned", { versions: pardoned.map(({ version }) => version) });
  return pardoned;
}

/** What was pardoned could not be had: without this a later start would come to it by itself. */
export async function quarantineAgain(
  context: StoreContext,
  pardoned: readonly Quarantined[],
  { waitForLock }: { readonly waitForLock: number },
): Promise<void> {
  if (pardoned.length === 0) return;
  await using lock = await acquireLock(context.paths, { timeout: waitForLock });
  if (lock === undefined) return;
  await updateState(context.paths, (state) => {
    const present = new Set(state.quarantine.map(({ digest }) => digest));
    return { ...state, quarantine: [...state.quarantine, ...pardoned.filter(({ digest }) => !present.has(digest))] };
  });
}

function isNamed({ version, digest }: Quarantined, request: VersionRequest): boolean {
  if (request.kind === "exact") return version === request.version;
  return request.kind === "digest" && digest === request.digest;
}
