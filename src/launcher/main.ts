import { writeSync } from "node:fs";
import { becomeProgram } from "../launch/becomeProgram.ts";
import { planLaunch } from "../launch/plan.ts";
import { type Activation, readActivation } from "../store/activation.ts";
import { runAtOnce } from "./atOnce.ts";
import { describeRun } from "./confirmedRun.ts";
import { type LaunchContext, readContext } from "./context.ts";
import { readEmbedded } from "./embedded.ts";
import { loadUpdateHalf } from "./half.ts";
import { readLastCheck } from "./lastCheck.ts";
import { hasNews, wantsTerminal, wantsToSettle } from "./wishes.ts";
import { isWithdrawn } from "./withdrawn.ts";

// The launch path. Whatever is imported here is paid for at every start of the program: small files of ours and
// node:fs. All that a check needs waits in the other half.

void main().catch((error: unknown) => fail(error, undefined));

async function main(): Promise<void> {
  const embedded = readEmbedded();
  if (embedded === undefined) {
    writeSync(2, "This launcher carries no program yet.\n\nMake one for a program with: slipway build\n");
    process.exit(70);
  }
  const context = readContext(embedded);
  try {
    await act(context);
  } catch (error) {
    fail(error, context.environment.log === "off" ? undefined : context.paths.log);
  }
}

async function act(context: LaunchContext): Promise<void> {
  const arrange = wantsToSettle(context) || wantsTerminal(context) || hasNews(context) || context.entryIsStale;
  const plan = planLaunch({
    argv: context.argv,
    activation: readActivation(context.paths),
    settings: context.settings,
    now: Date.now(),
    lastCheck: () => readLastCheck(context.paths),
    isWithdrawn: (version) => isWithdrawn(context, version),
    arrange,
  });
  const become = (activation: Activation): void => becomeActivated(context, activation);
  switch (plan.kind) {
    case "run":
      if (plan.behind) loadUpdateHalf().startBackgroundUpdate(context);
      become(plan.activation);
      // Still here: this system cannot replace a process, or the version is damaged.
      await runAtOnce(context, plan.activation, arrange);
      return await loadUpdateHalf().prepare(context, { check: undefined, behind: false, become });
    case "prepare":
      return await loadUpdateHalf().prepare(context, { check: plan.check, behind: plan.behind, become });
    case "command":
      return await loadUpdateHalf().runCommand(context, plan.argv);
  }
}

/** Nothing is left to try. What went wrong is said in a sentence; the stack would help nobody who reads it here. */
function fail(error: unknown, logFile: string | undefined): never {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Error && "hint" in error && typeof error.hint === "string" ? `\n\n${error.hint}` : "";
  const log = logFile === undefined ? "" : `\n\nLog: ${logFile}`;
  writeSync(2, `The program could not be started: ${message}${hint}${log}\n`);
  process.exit(70);
}

function becomeActivated(context: LaunchContext, activation: Activation): void {
  const { executable } = describeRun(context, activation);
  becomeProgram({ executable, size: activation.current.size }, context.argv, process);
}
