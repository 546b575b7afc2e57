import type { VersionRequest } from "../release/versionRequest.ts";
import { acquireLock } from "../store/lock.ts";
import { type Quarantined, readState, updateState } from "../store/state.ts";
import type { UpdateContext } from "./context.ts";
import { busy } from "./rollBack.ts";

type StoreContext = Pick<UpdateContext, "paths" | "log">;

/**
 * Takes out of the quarantine what a person asks for by its version or digest.
 *
 * @returns what was taken out; {@link quarantineAgain} is for what they have not got. @throws AppError when it cannot be
 * written down.
 */
export async function pardon(
  context: StoreContext,
  request: VersionRequest,
  { waitForLock }: { readonly waitForLock: number },
): Promise<readonly Quarantined[]> {
  if (selectNamed(readState(context.paths).quarantine, request).length === 0) return [];
  await using lock = await acquireLock(context.paths, { timeout: waitForLock });
  if (lock === undefined) throw busy();
  let pardoned: readonly Quarantined[] = [];
  await updateState(context.paths, (state) => {
    pardoned = selectNamed(state.quarantine, request);
    return { ...state, quarantine: state.quarantine.filter((entry) => !pardoned.includes(entry)) };
  });
  context.log("pardoned", { versions: pardoned.map(({ version }) => version) });
  return pardoned;
}

/** What was pardoned and not got goes back: without this a later start would come to it by itself. */
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

function selectNamed(quarantine: readonly Quarantined[], request: VersionRequest): readonly Quarantined[] {
  if (request.kind === "exact") return quarantine.filter(({ version }) => version === request.version);
  if (request.kind !== "digest") return [];
  const named = quarantine.filter(({ digest }) => digest === request.digest);
  // The digest of an index may be that of any of them, which is known when it was fetched.
  return named.length > 0 ? named : quarantine;
}
