import { anyOf, timeoutAfter } from "../abort.ts";
import { AppError } from "../errors.ts";
import { type Activation, type InstalledVersion, readActivation } from "../store/activation.ts";
import { sweepLeftovers } from "../store/leftovers.ts";
import { acquireLock } from "../store/lock.ts";
import { refuseNewer } from "../store/newer.ts";
import type { Damage } from "../store/seal.ts";
import { readUsableActivation } from "../store/usable.ts";
import { inspectVersion, isWhole, readInstalled, removeVersion, restoreExecutable } from "../store/versions.ts";
import type { UpdateContext } from "./context.ts";
import { findDigest } from "./findDigest.ts";
import { fromAnywhere } from "./fromAnywhere.ts";
import { installRelease } from "./install.ts";
import { busy } from "./rollBack.ts";

export interface RepairOptions {
  /** Milliseconds to wait for another launch that is updating. */
  readonly waitForLock: number;
  /** Milliseconds that questions to a registry may take. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
}

/** What became of one version. */
export interface Repaired {
  readonly version: string;
  readonly outcome:
    /** Every file is as it was installed. */
    | "whole"
    /** Nobody wrote down what was installed, and its program is there. */
    | "unknown"
    | "fetched"
    /** It was not current: it comes again when somebody wants it. */
    | "removed";
  /** `path: what is wrong with it`. */
  readonly problems: readonly string[];
}

/**
 * Compares every version that is kept with what was installed, file by file. A damaged current one is fetched again,
 * from wherever its digest can be had, and active.json leads to the new copy when that is whole; the others are removed.
 *
 * @throws AppError when the current version is damaged and cannot be fetched: it stays as it is.
 */
export async function repair(context: UpdateContext, options: RepairOptions): Promise<Repaired[]> {
  await using lock = await acquireLock(context.paths, { timeout: options.waitForLock });
  if (lock === undefined) throw busy();
  const read = readActivation(context.paths);
  if (read.kind === "newer") refuseNewer(context.paths.activation, read.schema);
  const written = read.kind === "found" ? read.activation : undefined;
  // Where nobody knows which one was current, it is the one that a start would run.
  const activation = written ?? readUsableActivation(context.paths);
  const report: Repaired[] = [];
  for (const version of versionsOf(context, activation)) {
    await restoreExecutable(context.paths, version);
    const damage = isWhole(context.paths, version) ? await inspectVersion(context.paths, version) : [GONE];
    const problems = (damage ?? []).map(({ path, problem }) => `${path}: ${problem}`);
    const outcome = await mend(context, { version, activation, damage, options });
    report.push({ version: version.version, outcome, problems });
    context.log("inspected", { version: version.version, outcome, problems });
  }
  if (written !== undefined) await sweepLeftovers(context.paths, { activation: written, now: context.now });
  return report;
}

const GONE: Damage = { path: "the program", problem: "it is gone, or cut short", certain: true };

/** The current one first, and those that active.json knows although their records are gone. */
function versionsOf({ paths }: UpdateContext, activation: Activation | undefined): InstalledVersion[] {
  const known = [activation?.current, activation?.previous, ...readInstalled(paths)];
  const found = new Map(known.flatMap((version) => (version === undefined ? [] : [[version.directory, version]])));
  return [...found.values()];
}

interface Mending {
  readonly version: InstalledVersion;
  readonly activation: Activation | undefined;
  readonly damage: readonly Damage[] | undefined;
  readonly options: RepairOptions;
}

async function mend(
  context: UpdateContext,
  { version, activation, damage, options }: Mending,
): Promise<Repaired["outcome"]> {
  if (damage === undefined) return "unknown";
  if (damage.length === 0) return "whole";
  if (version.directory !== activation?.current.directory) {
    await removeVersion(context.paths, version);
    return "removed";
  }
  await fetchAgain(context, version, options);
  return "fetched";
}

async function fetchAgain(
  context: UpdateContext,
  { version, digest }: InstalledVersion,
  { deadline, signal }: RepairOptions,
): Promise<void> {
  await fromAnywhere(context, { givenUp: () => signal?.aborted === true }, async (origin) => {
    const finding = await findDigest(context, origin, {
      digest,
      activation: undefined,
      quarantine: [],
      verified: true,
      signal: anyOf(timeoutAfter(deadline), signal),
    });
    if (finding.kind !== "found") throw new AppError("not-found", `${origin.name} has no ${digest}`);
    // Its manifest need not say which version it is.
    const release = { ...finding.release, version };
    await installRelease(context, release, { from: undefined, signal, replace: true });
  });
}
