import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { READY_FILE } from "../config/environment.ts";
import { becomeProgram } from "../launch/becomeProgram.ts";
import { type LastCheck, planLaunch } from "../launch/plan.ts";
import { type Activation, readActivation } from "../store/activation.ts";
import { type LaunchContext, readContext } from "./context.ts";
import { readEmbedded } from "./embedded.ts";
import { loadUpdateHalf } from "./half.ts";
import { wantsTerminal, wantsToSettle } from "./wishes.ts";

// The launch path. Whatever is imported here is paid for at every start of the program: small files of ours and
// node:fs. All that a check needs waits in the other half.

void main().catch((error: unknown) => fail(error, undefined));

async function main(): Promise<void> {
  const embedded = readEmbedded();
  if (embedded === undefined) {
    writeSync(2, "This launcher carries no program yet.\n\nMake one for a program with: slipway build\n");
    process.exit(70);
  }
  // Another program's, which has started this launcher: what it says is no sign of this one's.
  delete process.env[READY_FILE];
  const context = readContext(embedded);
  try {
    await act(context);
  } catch (error) {
    fail(error, context.environment.log === "off" ? undefined : context.paths.log);
  }
}

async function act(context: LaunchContext): Promise<void> {
  const plan = planLaunch({
    argv: context.argv,
    activation: readActivation(context.paths),
    settings: context.settings,
    now: Date.now(),
    lastCheck: () => readLastCheck(context),
    arrange: wantsToSettle(context) || wantsTerminal(context),
  });
  const become = (activation: Activation): void => becomeActivated(context, activation);
  switch (plan.kind) {
    case "run":
      if (plan.behind) loadUpdateHalf().startBackgroundUpdate();
      become(plan.activation);
      // Still here: this system cannot replace a process, or the version is damaged.
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

function becomeActivated(context: LaunchContext, { current }: Activation): void {
  const executable = join(context.paths.versions, current.directory, current.executable);
  becomeProgram({ executable, size: current.size }, context.argv, process);
}

function readLastCheck({ paths }: LaunchContext): LastCheck | undefined {
  try {
    const state = JSON.parse(readFileSync(paths.state, "utf8")) as { lastCheck?: unknown; jitter?: unknown } | null;
    const at = typeof state?.lastCheck === "string" ? Date.parse(state.lastCheck) : Number.NaN;
    return Number.isNaN(at) ? undefined : { at, jitter: typeof state?.jitter === "number" ? state.jitter : 0 };
  } catch {
    // No state, or a damaged one: a check is due, and it writes the file anew.
    return undefined;
  }
}
