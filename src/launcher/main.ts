import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { becomeProgram } from "../launch/becomeProgram.ts";
import { planLaunch } from "../launch/plan.ts";
import { type Activation, readActivation } from "../store/activation.ts";
import { type LaunchContext, readContext } from "./context.ts";
import { readEmbedded } from "./embedded.ts";
import { loadUpdateHalf } from "./half.ts";
import { wantsTerminal, wantsToSettle } from "./wishes.ts";

// The launch path. Whatever is imported here is paid for at every start of the program: small files of ours and
// node:fs. All that a check needs waits in the other half.

void main().catch(fail);

async function main(): Promise<void> {
  const embedded = readEmbedded();
  if (embedded === undefined) {
    writeSync(2, "This launcher carries no program yet.\n\nMake one for a program with: slipway build\n");
    process.exit(70);
  }
  const context = readContext(embedded);
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
      become(plan.activation);
      // Still here: this system cannot replace a process, or the version is damaged.
      return await loadUpdateHalf().prepare(context, { check: undefined, become });
    case "background":
      loadUpdateHalf().startBackgroundUpdate();
      become(plan.activation);
      return await loadUpdateHalf().prepare(context, { check: undefined, become });
    case "prepare":
      return await loadUpdateHalf().prepare(context, { check: plan.check, become });
    case "command":
      return await loadUpdateHalf().runCommand(context, plan.argv);
  }
}

/** Nothing is left to try. What went wrong is said in a sentence; the stack would help nobody who reads it here. */
function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Error && "hint" in error && typeof error.hint === "string" ? `\n\n${error.hint}` : "";
  writeSync(2, `The program could not be started: ${message}${hint}\n`);
  process.exit(70);
}

function becomeActivated(context: LaunchContext, { current }: Activation): void {
  becomeProgram(join(context.paths.versions, current.directory, current.executable), context.argv, process);
}

function readLastCheck({ paths }: LaunchContext): number | undefined {
  try {
    const state = JSON.parse(readFileSync(paths.state, "utf8")) as { lastCheck?: unknown } | null;
    const time = typeof state?.lastCheck === "string" ? Date.parse(state.lastCheck) : Number.NaN;
    return Number.isNaN(time) ? undefined : time;
  } catch {
    // No state, or a damaged one: a check is due, and it writes the file anew.
    return undefined;
  }
}
