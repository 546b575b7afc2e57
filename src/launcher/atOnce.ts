import { isStartable } from "../launch/becomeProgram.ts";
import { mayRunAtOnce } from "../launch/plan.ts";
import { runOnce } from "../launch/runOnce.ts";
import type { Activation } from "../store/activation.ts";
import { confirmedRunOptions, describeRun } from "./confirmedRun.ts";
import type { LaunchContext } from "./context.ts";
import { endAs } from "./endAs.ts";
import { exitNow } from "./exit.ts";
import { hasLeftovers } from "./wishes.ts";

// This file is on the launch path of systems that cannot replace a process.

/**
 * Runs a version as a child where that is all that this start has to do, and ends this process as the program ends.
 *
 * @param arrange whether there is more to do for the person.
 * @returns only when the program was not started: the other half finds out why, and what else there is to start.
 */
export async function runAtOnce(context: LaunchContext, activation: Activation, arrange: boolean): Promise<void> {
  const run = describeRun(context, activation);
  const isEnough = mayRunAtOnce({
    platform: process.platform,
    activation,
    arrange: arrange || context.warnings.length > 0,
    hasLeftovers: () => hasLeftovers(context),
    isStartable: () => isStartable({ executable: run.executable, size: activation.current.size }, process),
  });
  if (!isEnough) return;
  const { spawn } = process.getBuiltinModule("node:child_process");
  const result = await runOnce(run.executable, context.argv, {
    ...confirmedRunOptions(run, () => exitNow(0)),
    spawn,
    isatty: (stream) => process.getBuiltinModule("node:tty").isatty(stream),
  });
  if (result.kind !== "not-started") await endAs(result);
}
