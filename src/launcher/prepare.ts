import { spawn } from "node:child_process";
import { AppError, exitCodeOf } from "../errors.ts";
import type { CheckReason } from "../launch/plan.ts";
import { type Activation, readActivation } from "../store/activation.ts";
import { readSettled } from "../store/settled.ts";
import { findStandIn, readDamagedActivation, readUsableActivation } from "../store/usable.ts";
import { inspectVersion, restoreExecutable } from "../store/versions.ts";
import { discardVersion } from "../update/rollBack.ts";
import { update, type UpdateOptions } from "../update/update.ts";
import type { UpdateResult } from "../update/updateResult.ts";
import { bundledOrigin } from "./attached.ts";
import { startBackgroundLauncherUpdate, startBackgroundUpdate } from "./background.ts";
import type { LaunchContext } from "./context.ts";
import { decideDue, type Due } from "./due.ts";
import { renewEntry } from "./entry.ts";
import { exitNow } from "./exit.ts";
import { launch } from "./launch.ts";
import { takeSentence } from "./news.ts";
import { readWish } from "./request.ts";
import { openSession, type Session } from "./session.ts";
import { describeInstalled, settle } from "./settle.ts";
import { tell } from "./terminal.ts";
import { isLauncherDue, sweepLaunchers } from "./updateLauncher.ts";
import { wantsTerminal, wantsToSettle } from "./wishes.ts";

export interface Preparation extends Due {
  /** Becomes the activated program; returns only when it cannot. */
  readonly become: (activation: Activation) => void;
}

// With nothing to start meanwhile, a person waits for a slow network rather than for an error.
const FIRST_CHECK_MS = 60_000;
// Fifty first starts at once download once: the others wait for the one.
const FIRST_LOCK_MS = 30 * 60_000;
// Of several first starts each would have a place; who replaces the launcher takes longer, and a later start settles.
const SETTLE_LOCK_MS = 5000;

/** Everything between the double-click and the program that takes more than one small file. Ends the process. */
export async function prepare(context: LaunchContext, { become, ...planned }: Preparation): Promise<void> {
  const before = readUsableActivation(context.paths);
  await using session = await openSession(context, { installed: before !== undefined });
  for (const warning of context.warnings) tell(`${warning}\n`);
  const { settings, unreadable } = readWish(context);
  if (unreadable !== undefined) tell(`${unreadable}\n`);
  // A pin that is no version asks for nothing: what is due is what would be without it.
  const isPinAlone = unreadable !== undefined && planned.check === "request-changed";
  const { check, behind } = isPinAlone ? decideDue({ settings, paths: context.paths }, Date.now()) : planned;

  // The version that active.json names may have been deleted: then there is something to fetch, whatever is due.
  const result = check === undefined && isActivated(context, before) ? undefined : await checkNow(session, before);
  const activation = readUsableActivation(context.paths) ?? readDamagedActivation(context.paths);
  session.progress.close();
  if (activation === undefined) return await fail(session, result);
  const news = takeSentence(session, activation);
  if (news === undefined) tellResult(session, { result, check, activation });
  else session.say(news.text, news.reason);
  if (behind || result?.kind === "postponed") startBackgroundUpdate(context);
  await arrange(session, activation, result);
  await renewEntry(session);

  if (activation.confirmed) become(activation);
  // Here on systems that cannot replace a process, on a first run, and where a file was damaged.
  await launch(session, activation, { mend: async (broken) => await mend(session, broken) });
}

/** Of a version that cannot be started. @returns undefined when it is as it was installed. */
async function mend(session: Session, { current }: Activation): Promise<Activation | undefined> {
  const { paths } = session.context;
  if (await restoreExecutable(paths, current)) return readUsableActivation(paths);
  const damage = (await inspectVersion(paths, current))?.filter(({ certain }) => certain) ?? [];
  if (damage.length === 0) return undefined;
  session.update.log("damaged", { version: current.version, damage });
  // A file beside the program is no reason to be left with nothing, should the network be gone.
  const isProgram = damage.some(({ path }) => path === current.executable);
  if (!isProgram && findStandIn(paths, { written: undefined, except: current.digest }) === undefined) return undefined;
  await discardVersion(session.update, current);
  // What is left runs, should the version not come back.
  const result = await checkNow(session, readUsableActivation(paths));
  session.progress.close();
  if (result.kind === "postponed") startBackgroundUpdate(session.context);
  return readUsableActivation(paths);
}

async function checkNow(session: Session, before: Activation | undefined): Promise<UpdateResult> {
  const { context } = session;
  const { request, settings } = readWish(context);
  const options = {
    request,
    requestText: settings.version,
    ...patience(context, before),
    // Nothing installed is the one case in which "off" cannot mean what it says.
    offline: before !== undefined && context.settings.updateWhen === "off",
    signal: session.skip,
  };
  const bundled = before === undefined ? bundledOrigin(context) : undefined;
  if (bundled !== undefined) {
    // What came along needs no network; should it not be what is asked for, the repositories have it.
    const result = await update({ ...session.update, origins: [bundled] }, options);
    if (result.kind === "activated" || result.kind === "up-to-date") return result;
  }
  return await update(session.update, options);
}

/** How long a start waits: the less, the more there is that it could start instead. */
function patience(
  { settings, paths }: LaunchContext,
  before: Activation | undefined,
): Pick<UpdateOptions, "deadline" | "bounded" | "waitForLock" | "first"> {
  const { timeout, criticalTimeout } = settings;
  if (before !== undefined) return { deadline: timeout, bounded: { critical: criticalTimeout }, waitForLock: 0 };
  // It is worth fetching whole again, and without a network it is better than nothing.
  if (readDamagedActivation(paths) !== undefined) return { deadline: timeout, waitForLock: 0 };
  return { deadline: FIRST_CHECK_MS, waitForLock: FIRST_LOCK_MS, first: true };
}

function isActivated({ paths }: LaunchContext, usable: Activation | undefined): boolean {
  const read = readActivation(paths);
  if (read.kind === "newer") return true;
  return read.kind === "found" && usable !== undefined && read.activation.current.digest === usable.current.digest;
}

async function fail(session: Session, result: UpdateResult | undefined): Promise<void> {
  const { context, messages, close, complain } = session;
  const error =
    result?.kind === "failed"
      ? result.error
      : new AppError("temporary", "another start of this program is still installing it", {
          hint: "Wait a moment and start it again.",
        });
  complain(error, messages.installFailed(context.installer.name));
  await close();
  exitNow(exitCodeOf(error));
}

interface Outcome {
  readonly result: UpdateResult | undefined;
  readonly check: CheckReason | undefined;
  readonly activation: Activation;
}

/** One sentence at most, and none for what is normal: being offline, or being up to date. */
function tellResult({ context, messages, say, progress }: Session, { result, check, activation }: Outcome): void {
  const app = context.installer.name;
  const current = activation.current.version;
  if (result?.kind === "postponed" && result.withdrawn !== undefined)
    return say(messages.stillWithdrawn(app, current, result.version ?? ""), result.withdrawn);
  if (result?.kind === "postponed" && (check === "request-changed" || progress.isShown()))
    say(messages.postponed(app, result.version ?? context.settings.version, current));
  if (result?.kind !== "failed") return;
  const reason = result.error instanceof Error ? result.error.message : String(result.error);
  if (result.during === "installation" && result.version !== undefined) {
    say(messages.updateFailed(app, result.version, current), reason);
  } else if (check === "request-changed") {
    say(messages.versionUnavailable(app, context.settings.version, current), reason);
  }
}

/** What else this start has to do for the person: a place for the launcher, the system's entries, a terminal. */
async function arrange(session: Session, activation: Activation, result: UpdateResult | undefined): Promise<void> {
  const { context, desktop } = session;
  if (wantsToSettle(context))
    await settle(session, activation, { waitForLock: result?.kind === "activated" ? SETTLE_LOCK_MS : 0 });
  else if (result?.kind === "activated") await describeInstalled(session, activation);
  await sweepLaunchers(session);
  if (isLauncherDue(session)) {
    session.update.log("launcher-update-started", {});
    startBackgroundLauncherUpdate(context);
  }
  if (!wantsTerminal(context)) return;
  const launcher = readSettled(context.paths) === undefined ? desktop.origin : desktop.home;
  const [command, ...args] = desktop.inTerminal(desktop.executableIn(launcher)) ?? [];
  // No terminal anywhere: the program may have windows of its own after all.
  if (command === undefined) return;
  spawn(command, [...args, ...context.argv], { detached: true, stdio: "ignore" })
    .on("error", () => undefined)
    .unref();
  await session.close();
  exitNow(0);
}
