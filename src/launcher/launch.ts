import { join } from "node:path";
import { judgeFirstRun, PROBATION_MS } from "../launch/probation.ts";
import { runProgram, type RunResult } from "../launch/runProgram.ts";
import type { Activation } from "../store/activation.ts";
import { confirmVersion, rollBack } from "../update/rollBack.ts";
import type { Session } from "./session.ts";
import { describeInstalled } from "./settle.ts";

/** Runs the activated program as a child, and goes back to the version before it when it turns out not to run. */
export async function launch(session: Session, activation: Activation): Promise<void> {
  const { context, messages, say } = session;
  const { result, ranFor } = await run(session, activation);
  const verdict = activation.confirmed && result.kind !== "not-started" ? undefined : judgeFirstRun(result, ranFor);
  if (verdict?.kind === "confirmed") await confirmVersion(session.update, activation.current);
  if (verdict?.kind !== "failed") return await endAs(session, result);

  const back = await rollBack(session.update, activation.current, verdict.reason);
  const app = context.installer.name;
  const bad = activation.current.version;
  if (back === undefined) {
    say(messages.doesNotRun(app, bad), verdict.reason);
    return await endAs(session, result);
  }
  say(messages.wentBack(app, bad, back.current.version));
  await describeInstalled(session, back);
  await endAs(session, (await run(session, back)).result);
}

async function run(
  session: Session,
  { current, confirmed }: Activation,
): Promise<{ result: RunResult; ranFor: number }> {
  const { context, update } = session;
  const executable = join(context.paths.versions, current.directory, current.executable);
  // A program with windows of its own needs nobody behind it, once it has shown that it runs.
  const leaves = process.platform === "win32" && context.installer.interface === "window";
  const survived = async (): Promise<void> => {
    if (!confirmed) await confirmVersion(update, current);
    if (!leaves) return;
    await session.close();
    process.exit(0);
  };
  const started = performance.now();
  const result = await runProgram(executable, context.argv, {
    handle: process,
    outlives: leaves,
    ...(confirmed && !leaves ? {} : { survived: { after: confirmed ? 0 : PROBATION_MS, call: () => void survived() } }),
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
