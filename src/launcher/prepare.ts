import { join } from "node:path";
import { AppError, exitCodeOf, formatError } from "../errors.ts";
import type { CheckReason } from "../launch/plan.ts";
import { judgeFirstRun, PROBATION_MS } from "../launch/probation.ts";
import { runProgram, type RunResult } from "../launch/runProgram.ts";
import { type Activation, readActivation } from "../store/activation.ts";
import { readUsableActivation } from "../store/usable.ts";
import { confirmVersion, rollBack } from "../update/rollBack.ts";
import { update, type UpdateResult } from "../update/update.ts";
import type { LaunchContext } from "./context.ts";
import { selectRequest } from "./request.ts";
import { openSession, type Session } from "./session.ts";
import { tell } from "./terminal.ts";

export interface Preparation {
  readonly check: CheckReason | undefined;
  /** Becomes the activated program; returns only when it cannot. */
  readonly become: (activation: Activation) => void;
}

// With nothing to start meanwhile, a person waits for a slow network rather than for an error.
const FIRST_CHECK_MS = 60_000;
// Fifty first starts at once download once: the others wait for the one.
const FIRST_LOCK_MS = 30 * 60_000;

/** Everything between the double-click and the program that takes more than one small file. Ends the process. */
export async function prepare(context: LaunchContext, { check, become }: Preparation): Promise<void> {
  await using session = openSession(context);
  for (const warning of context.warnings) tell(`${warning}\n`);

  const before = readUsableActivation(context.paths);
  // The version that active.json names may have been deleted: then there is something to fetch, whatever is due.
  const result = check === undefined && isActivated(context, before) ? undefined : await checkNow(session, before);
  const activation = readUsableActivation(context.paths);
  if (activation === undefined) return await fail(session, result);
  tellResult(session, { result, check, activation });

  if (activation.confirmed) become(activation);
  // Here on systems that cannot replace a process, on a first run, and where a file was damaged.
  await launch(session, activation);
}

async function checkNow(session: Session, before: Activation | undefined): Promise<UpdateResult> {
  const { context } = session;
  return await update(session.update, {
    ...selectRequest(context, tell),
    deadline: before === undefined ? FIRST_CHECK_MS : context.settings.timeout,
    waitForLock: before === undefined ? FIRST_LOCK_MS : 0,
    // Nothing installed is the one case in which "off" cannot mean what it says.
    offline: before !== undefined && context.settings.updateWhen === "off",
  });
}

function isActivated({ paths }: LaunchContext, usable: Activation | undefined): boolean {
  const read = readActivation(paths);
  if (read.kind === "newer") return true;
  return read.kind === "found" && usable !== undefined && read.activation.current.digest === usable.current.digest;
}

async function fail({ context, messages, close }: Session, result: UpdateResult | undefined): Promise<void> {
  const error =
    result?.kind === "failed"
      ? result.error
      : new AppError("temporary", "another start of this program is still installing it", {
          hint: "Wait a moment and start it again.",
        });
  tell(`${messages.installFailed(context.installer.name)}\n\n${formatError(error)}\n`);
  await close();
  process.exit(exitCodeOf(error));
}

/** One sentence at most, and none for what is normal: being offline, or being up to date. */
function tellResult(
  { context, messages }: Session,
  {
    result,
    check,
    activation,
  }: { result: UpdateResult | undefined; check: CheckReason | undefined; activation: Activation },
): void {
  if (result?.kind !== "failed") return;
  const app = context.installer.name;
  const current = activation.current.version;
  if (result.during === "installation" && result.version !== undefined) {
    tell(`${messages.updateFailed(app, result.version, current)} (${firstLine(result.error)})\n`);
  } else if (check === "request-changed") {
    tell(`${messages.versionUnavailable(app, context.settings.version, current)} (${firstLine(result.error)})\n`);
  }
}

async function launch(session: Session, activation: Activation): Promise<void> {
  const { context, messages } = session;
  const { result, ranFor } = await run(session, activation);
  const verdict = activation.confirmed && result.kind !== "not-started" ? undefined : judgeFirstRun(result, ranFor);
  if (verdict?.kind === "confirmed") await confirmVersion(session.update, activation.current);
  if (verdict?.kind !== "failed") return await endAs(session, result);

  const back = await rollBack(session.update, activation.current, verdict.reason);
  const app = context.installer.name;
  const bad = activation.current.version;
  if (back === undefined) {
    tell(`${messages.doesNotRun(app, bad)} (${verdict.reason})\n`);
    return await endAs(session, result);
  }
  tell(`${messages.wentBack(app, bad, back.current.version)}\n`);
  await endAs(session, (await run(session, back)).result);
}

async function run(
  { context, update: updating }: Session,
  { current, confirmed }: Activation,
): Promise<{ result: RunResult; ranFor: number }> {
  const executable = join(context.paths.versions, current.directory, current.executable);
  const started = performance.now();
  const result = await runProgram(executable, context.argv, {
    handle: process,
    ...(confirmed ? {} : { survived: { after: PROBATION_MS, call: () => void confirmVersion(updating, current) } }),
  });
  return { result, ranFor: performance.now() - started };
}

/** Ends this process as the program ended: the same exit code, or the same signal. */
async function endAs({ close }: Session, result: RunResult): Promise<void> {
  await close();
  switch (result.kind) {
    case "exited":
      process.exit(result.code);
    case "signaled":
      process.kill(process.pid, result.signal);
      // The signal is on its way; should it be ignored, the shell's convention for it.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      process.exit(128);
    case "not-started":
      process.exit(70);
  }
}

function firstLine(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
