import { anyOf, timeoutAfter } from "../abort.ts";
import { AppError, formatError } from "../errors.ts";
import type { VersionRequest } from "../release/versionRequest.ts";
import { readActivation } from "../store/activation.ts";
import { acquireLock } from "../store/lock.ts";
import { keepInstallId, readState, updateState } from "../store/state.ts";
import { readUsableActivation } from "../store/usable.ts";
import { activate, tellWithdrawn } from "./activate.ts";
import type { Attempt } from "./check.ts";
import type { UpdateContext } from "./context.ts";
import { doubtOf, type Finding } from "./find.ts";
import { fromAnywhere } from "./fromAnywhere.ts";
import { installRelease } from "./install.ts";
import { checkAndLearn, noteFreeze } from "./learn.ts";
import { selectInstalled } from "./selectInstalled.ts";
import type { UpdateResult } from "./updateResult.ts";

export interface UpdateOptions {
  readonly request: VersionRequest;
  /** The request as it is written down with the activation. */
  readonly requestText: string;
  /** Milliseconds that all questions to registries may take together. */
  readonly deadline: number;
  /**
   * Whether somebody waits for the program who has one to start: then the installation has to be done by the deadline
   * as well, or, for a critical release and what comes in the place of a withdrawn one, within so many milliseconds.
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
    const { during, version, withdrawn } = attempt;
    if (options.signal?.aborted === true) {
      context.log("update-skipped", { during, version });
      return { kind: "skipped" };
    }
    if (attempt.bound?.aborted === true || hasRunOut(options, attempt)) {
      context.log("update-postponed", { during, version, error: formatError(error) });
      return {
        kind: "postponed",
        ...(version === undefined ? {} : { version }),
        ...(withdrawn === undefined ? {} : { withdrawn }),
      };
    }
    context.log("update-failed", { during, version, error: formatError(error) });
    return { kind: "failed", during, error, ...(version === undefined ? {} : { version }) };
  }
}

function hasRunOut({ bounded }: UpdateOptions, { ranOut }: Attempt): boolean {
  return bounded !== undefined && ranOut === true;
}

async function updateLocked(context: UpdateContext, options: UpdateOptions, attempt: Attempt): Promise<UpdateResult> {
  const { requestText } = options;
  const read = readActivation(context.paths);
  if (read.kind === "newer") {
    throw new AppError("config", "this program's folder belongs to a newer launcher", {
      hint: "Start the newer launcher.",
    });
  }
  const written = read.kind === "found" ? read.activation : undefined;
  const activation = readUsableActivation(context.paths);
  if (options.first === true && activation?.request === requestText) return { kind: "up-to-date" };
  if (options.tryAgain === true) await updateState(context.paths, (state) => ({ ...state, quarantine: [] }));
  const { quarantine } = readState(context.paths);

  const here = selectInstalled(context, options, quarantine);
  if (here !== undefined)
    return await activate(context, here, { written, activation, requestText, signal: attempt.bound });
  if (options.offline === true) {
    throw new AppError("unavailable", `version ${requestText} is not on this computer, and updates are off`, {
      hint: "Start it once with updates switched on.",
    });
  }

  // By it a channel's document decides who gets what.
  await keepInstallId(context.paths);
  const givenUp = (): boolean => options.signal?.aborted === true || attempt.bound?.aborted === true;
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
    attempt.withdrawn = finding.release.withdrawn?.reason;
    const { bounded } = options;
    // What was taken back may do harm, whatever comes in its place.
    const critical = bounded !== undefined && (finding.release.critical || attempt.withdrawn !== undefined);
    if (critical) attempt.bound = timeoutAfter(bounded.critical);
    return await installRelease(context, finding.release, {
      from: activation?.current.version,
      critical,
      signal: anyOf(attempt.bound, options.signal),
    });
  });

  const frozenSince = said?.kind === "frozen" ? said.since : undefined;
  if (frozenSince !== undefined) await noteFreeze(context, frozenSince);
  const refused = said?.kind === "frozen" ? undefined : said?.refused;
  // What was refused may be whole and signed a moment later: such a look is not good for a day.
  if (isSettled && refused === undefined && context.origins.some(({ bundled }) => bundled !== true)) {
    const lastCheck = new Date(context.now()).toISOString();
    const learned = context.access === undefined ? {} : { access: context.access() };
    await updateState(context.paths, (state) => ({ ...state, ...learned, lastCheck, jitter: context.random() }));
  }
  const target = found ?? activation?.current;
  if (target === undefined) return { kind: "up-to-date" };
  const result = await activate(context, target, {
    written,
    activation,
    requestText,
    downloads: "all",
    signal: attempt.bound,
  });
  const { withdrawn } = attempt;
  const more = refused === undefined ? {} : { refused };
  if (result.kind === "activated")
    return { ...(withdrawn === undefined ? result : await tellWithdrawn(context, result, withdrawn)), ...more };
  return result.kind === "up-to-date" && frozenSince !== undefined
    ? { ...result, frozenSince }
    : { ...result, ...more };
}
