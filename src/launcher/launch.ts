import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { READY_FILE } from "../config/environment.ts";
import { findMissingLibrary } from "../launch/loader.ts";
import { type FirstRun, judgeFirstRun, PROBATION_MS } from "../launch/probation.ts";
import { openReadyFile } from "../launch/readyFile.ts";
import { runProgram } from "../launch/runProgram.ts";
import { type Activation, type InstalledVersion, readActivation } from "../store/activation.ts";
import { READY_PREFIX, type StorePaths } from "../store/paths.ts";
import { confirmVersion, rollBack } from "../update/rollBack.ts";
import { confirmedRunOptions, describeRun } from "./confirmedRun.ts";
import { endAs } from "./endAs.ts";
import { exitNow } from "./exit.ts";
import type { Session } from "./session.ts";
import { describeInstalled } from "./settle.ts";

export interface LaunchOptions {
  /** For a program that cannot be started: mends what somebody damaged. @returns what to launch now, if it was that. */
  readonly mend: (activation: Activation) => Promise<Activation | undefined>;
  /** Digests of versions that failed in this launch: none of them gets a second chance in it. */
  readonly failed?: readonly string[];
}

/** Runs the activated program as a child, and goes back to the version before it when it turns out not to run. */
export async function launch(session: Session, activation: Activation, options: LaunchOptions): Promise<void> {
  const { context, messages, say, update } = session;
  const { current, confirmed } = activation;
  const run = confirmed ? await runConfirmed(session, activation) : await runFirst(session, activation);
  const verdict = judgeFirstRun(run);
  if (verdict.kind === "confirmed") {
    if (!confirmed) await confirmVersion(update, current);
    return await closeAs(session, run);
  }
  // Another start of the same version, at the same time, has shown that it runs.
  if (run.result.kind !== "not-started" && isConfirmed(context.paths, current)) return await closeAs(session, run);
  if (verdict.kind === "failed" && run.result.kind === "not-started") {
    // Damage is not the version's fault, and so no reason to leave it out.
    const mended = await options.mend(activation);
    if (mended !== undefined) return await launch(session, mended, { ...options, mend: async () => undefined });
  }
  const app = context.installer.name;
  const failed = [...(options.failed ?? []), current.digest];
  const back = verdict.kind === "failed" ? await rollBack(update, current, verdict.reason) : undefined;
  if (back === undefined || failed.includes(back.current.digest)) {
    say(messages.doesNotRun(app, current.version), verdict.reason);
    return await closeAs(session, run);
  }
  say(messages.wentBack(app, current.version, back.current.version), verdict.reason);
  await describeInstalled(session, back);
  await launch(session, back, { ...options, failed });
}

function isConfirmed(paths: StorePaths, { digest }: InstalledVersion): boolean {
  const read = readActivation(paths);
  return read.kind === "found" && read.activation.confirmed && read.activation.current.digest === digest;
}

async function runConfirmed(session: Session, activation: Activation): Promise<FirstRun> {
  const { context } = session;
  const run = describeRun(context, activation);
  const options = confirmedRunOptions(run, () => void leave(session));
  const result = await runProgram(run.executable, context.argv, options);
  return { result, ranFor: 0, ready: true };
}

/** Watches the program until it has shown that it runs. */
async function runFirst(session: Session, activation: Activation): Promise<FirstRun> {
  const { context, update } = session;
  const { leaves, executable } = describeRun(context, activation);
  const survived = async (): Promise<void> => {
    await confirmVersion(update, activation.current);
    if (leaves) await leave(session);
  };
  using readyFile = openReadyFile(join(context.paths.root, `${READY_PREFIX}${randomUUID()}`), () => void survived());
  const started = performance.now();
  const result = await runProgram(executable, context.argv, {
    handle: process,
    outlives: leaves,
    env: { [READY_FILE]: readyFile.path },
    survived: { after: PROBATION_MS, call: () => void survived() },
  });
  const ranFor = performance.now() - started;
  const ready = readyFile.isReady();
  const mayLackLibraries = process.platform === "linux" && result.kind === "exited" && result.code !== 0 && !ready;
  const missing = mayLackLibraries ? await findMissingLibrary(executable, context.env) : undefined;
  return { result, ranFor, ready, missing };
}

async function leave(session: Session): Promise<void> {
  await session.close();
  exitNow(0);
}

async function closeAs(session: Session, { result }: FirstRun): Promise<void> {
  await session.close();
  await endAs(result);
}
