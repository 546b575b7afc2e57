import { anyOf, timeoutAfter } from "../abort.ts";
import { AppError, formatError } from "../errors.ts";
import type { VersionRequest } from "../release/versionRequest.ts";
import {
  type Activation,
  type InstalledVersion,
  isSameVersion,
  planActivation,
  readActivation,
} from "../store/activation.ts";
import { writeActivation } from "../store/activate.ts";
import { type CollectionOptions, collectVersions } from "../store/collection.ts";
import { isTidy } from "../store/leftovers.ts";
import { acquireLock } from "../store/lock.ts";
import { keepInstallId, readState, updateState } from "../store/state.ts";
import { readUsableActivation } from "../store/usable.ts";
import type { Attempt } from "./check.ts";
import type { UpdateContext } from "./context.ts";
import { doubtOf, type Finding } from "./find.ts";
import type { Refusal } from "./foundRelease.ts";
import { fromAnywhere } from "./fromAnywhere.ts";
import { installRelease } from "./install.ts";
import { checkAndLearn, type Freeze, noteFreeze } from "./learn.ts";
import { selectInstalled } from "./selectInstalled.ts";

export type UpdateResult =
  | {
      readonly kind: "activated";
      readonly activation: Activation;
      readonly from: string | undefined;
      /** Why the version before was left: its publisher took it back. */
      readonly withdrawn?: string;
      readonly refused?: Refusal;
    }
  | { readonly kind: "up-to-date"; readonly frozen?: Freeze; readonly refused?: Refusal }
  /** Another launch is at it; what is installed runs meanwhile. */
  | { readonly kind: "busy" }
  /** The person did not want to wait for it now. */
  | { readonly kind: "skipped" }
  /** It would have taken longer than a start may wait; what has arrived is kept for whoever goes on. */
  | { readonly kind: "postponed"; readonly version?: string }
  /** A check that comes to nothing is normal offline; an update that was found and failed is not. */
  | {
      readonly kind: "failed";
      readonly during: "check" | "installation";
      readonly version?: string;
      readonly error: unknown;
    };

export interface UpdateOptions {
  readonly request: VersionRequest;
  /** The request as it is written down with the activation. */
  readonly requestText: string;
  /** Milliseconds that all questions to registries may take together. */
  readonly deadline: number;
  /**
   * Whether somebody waits for the program who has one to start: then the installation has to be done by the deadline
   * as well, or, for a critical release, within so many milliseconds.
   */
  readonly bounded?: { readonly critical: number };
  /** Milliseconds to wait for another launch that is updating. */
  readonly waitForLock: number;
  /** Whether nothing was installed: then what another first start has installed meanwhile will do. */
  readonly first?: boolean;
  /** Whether versions that failed on this computer get another chance. */
  readonly tryAgain?: boolean;
  /** No network: only what is kept on this computer is chosen from. */
  readonly offline?: boolean;
  /** Gives the update up; what has arrived is kept for another time. */
  readonly signal?: AbortSignal;
}

/**
 * Brings the activation to what the request asks for: checks, installs, activates. It does not throw for what a
 * network, a registry, a release or a disk may do: what was activated before stays so unless the result is `activated`.
 */
export async function update(context: UpdateContext, options: UpdateOptions): Promise<UpdateResult> {
  const attempt: Attempt = { during: "check", remaining: options.deadline };
  try {
    if (options.bounded !== undefined) attempt.bound = timeoutAfter(options.deadline);
    await using lock = await acquireLock(context.paths, { timeout: options.waitForLock });
    if (lock === undefined) return { kind: "busy" };
    return await updateLocked(context, options, attempt);
  } catch (error) {
    const { during, version } = attempt;
    if (options.signal?.aborted === true) {
      context.log("update-skipped", { during, version });
      return { kind: "skipped" };
    }
    if (attempt.bound?.aborted === true || hasRunOut(options, attempt)) {
      context.log("update-postponed", { during, version, error: formatError(error) });
      return { kind: "postponed", ...(version === undefined ? {} : { version }) };
    }
    context.log("update-failed", { during, version, error: formatError(error) });
    return { kind: "failed", during, error, ...(version === undefined ? {} : { version }) };
  }
}

function hasRunOut({ bounded }: UpdateOptions, { ranOut }: Attempt): boolean {
  return bounded !== undefined && ranOut === true;
}

async function updateLocked(context: UpdateContext, options: UpdateOptions, attempt: Attempt): Promise<UpdateResult> {
  const read = readActivation(context.paths);
  if (read.kind === "newer") {
    throw new AppError("config", "this program's folder belongs to a newer launcher", {
      hint: "Start the newer launcher.",
    });
  }
  const written = read.kind === "found" ? read.activation : undefined;
  const activation = readUsableActivation(context.paths);
  if (options.first === true && activation?.request === options.requestText) return { kind: "up-to-date" };
  if (options.tryAgain === true) await updateState(context.paths, (state) => ({ ...state, quarantine: [] }));
  const { quarantine } = readState(context.paths);

  const here = selectInstalled(context, options, quarantine);
  if (here !== undefined) return await activate(context, here, { written, activation, options, signal: attempt.bound });
  if (options.offline === true) {
    throw new AppError("unavailable", `version ${options.requestText} is not on this computer, and updates are off`, {
      hint: "Start it once with updates switched on.",
    });
  }

  // By it a channel's document decides who gets what.
  await keepInstallId(context.paths);
  const givenUp = (): boolean => options.signal?.aborted === true || attempt.bound?.aborted === true;
  let withdrawn: string | undefined;
  // By the last origin that had an answer.
  let said: Finding | undefined;
  let isSettled = false;
  const fallback = () => {
    // A process behind the program has more time for whoever did not answer.
    if (said === undefined || said.kind === "found" || hasRunOut(options, attempt)) return undefined;
    return { value: undefined };
  };
  const found = await fromAnywhere(context, { givenUp, fallback }, async (origin, left) => {
    attempt.during = "check";
    const question = { request: options.request, activation, quarantine };
    const finding = (said = await checkAndLearn(context, { origin, left, question, attempt, skip: options.signal }));
    // A mirror that shows what was right a while ago must not keep the others from being asked.
    const doubt = doubtOf(finding);
    if (finding.kind !== "found" && doubt !== undefined && left > 1) throw doubt;
    isSettled = true;
    if (finding.kind !== "found") return undefined;

    attempt.during = "installation";
    attempt.version = finding.release.version;
    withdrawn = finding.release.withdrawn?.reason;
    const { bounded } = options;
    const critical = bounded !== undefined && finding.release.critical;
    if (critical) attempt.bound = timeoutAfter(bounded.critical);
    return await installRelease(context, finding.release, {
      from: activation?.current.version,
      critical,
      signal: anyOf(attempt.bound, options.signal),
    });
  });

  const frozen = said?.kind === "frozen" ? await noteFreeze(context, said.since) : undefined;
  const refused = said?.kind === "frozen" ? undefined : said?.refused;
  // What was refused may be whole and signed a moment later: such a look is not good for a day.
  if (isSettled && refused === undefined && context.origins.some(({ bundled }) => bundled !== true)) {
    const lastCheck = new Date(context.now()).toISOString();
    await updateState(context.paths, (state) => ({ ...state, lastCheck, jitter: context.random() }));
  }
  const target = found ?? activation?.current;
  if (target === undefined) return { kind: "up-to-date" };
  const result = await activate(context, target, {
    written,
    activation,
    options,
    downloads: "all",
    signal: attempt.bound,
  });
  const more = refused === undefined ? {} : { refused };
  if (result.kind === "activated") return { ...result, ...more, ...(withdrawn === undefined ? {} : { withdrawn }) };
  return result.kind === "up-to-date" && frozen !== undefined ? { ...result, frozen } : { ...result, ...more };
}

interface Activating {
  /** What active.json says. */
  readonly written: Activation | undefined;
  /** What a launch could rely on, which is the same unless something was damaged. */
  readonly activation: Activation | undefined;
  readonly options: UpdateOptions;
  readonly downloads?: CollectionOptions["downloads"];
  /** Ends what a start has no time for. */
  readonly signal: AbortSignal | undefined;
}

async function activate(
  context: UpdateContext,
  target: InstalledVersion,
  { written, activation, options, downloads, signal }: Activating,
): Promise<UpdateResult> {
  if (written !== undefined && isSameVersion(written.current, target) && written.request === options.requestText) {
    // What a killed launch left is nobody else's to clear up.
    if (!isTidy(context.paths, written)) await collect(context, written, { downloads, signal });
    return { kind: "up-to-date" };
  }
  const at = new Date(context.now()).toISOString();
  const next = planActivation(activation, { version: target, request: options.requestText, at });
  await writeActivation(context.paths, next);
  const isNew = !isSameVersion(activation?.current, target);
  if (isNew) context.log("activated", { version: target.version, from: activation?.current.version });
  await collect(context, next, { downloads, signal });
  if (!isNew) return { kind: "up-to-date" };
  return { kind: "activated", activation: next, from: activation?.current.version };
}

async function collect(
  { paths, settings, platform }: UpdateContext,
  activation: Activation,
  { downloads, signal }: Pick<CollectionOptions, "downloads" | "signal">,
): Promise<void> {
  await collectVersions(paths, { activation, keep: settings.keepVersions, platform, downloads, signal });
}
