import { spawn } from "node:child_process";
import { AppError } from "../errors.ts";
import { isShortOf } from "../launch/probation.ts";
import { notStarted, type RunResult } from "../launch/runOnce.ts";
import { whileHeld } from "../launch/runProgram.ts";

const TIMEOUT_MS = 30_000;

/**
 * Runs the program once, with its output thrown away.
 *
 * @returns why it failed, or undefined.
 * @throws AppError `temporary` where the computer has no room for another process: that says nothing about the program.
 */
export async function runSmoke(
  executable: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const result = await whileHeld(async () => await runQuietly(executable, args, signal));
  switch (result.kind) {
    case "not-started":
      if (!isShortOf(result.code)) return result.reason;
      throw new AppError("temporary", `the program could not be tried: ${result.reason}`, { hint: "Try again later." });
    case "exited":
      return result.code === 0 ? undefined : `${args.join(" ")} ended with exit code ${result.code}`;
    case "signaled":
      return `${args.join(" ")} ended with ${result.signal}`;
  }
}

async function runQuietly(
  executable: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<RunResult> {
  try {
    const child = spawn(executable, args, {
      stdio: "ignore",
      timeout: TIMEOUT_MS,
      killSignal: "SIGKILL",
      windowsHide: true,
      ...(signal === undefined ? {} : { signal }),
    });
    return await new Promise((resolve) => {
      child.once("error", (error) => resolve(notStarted(error)));
      child.once("exit", (code, ended) => {
        resolve(ended === null ? { kind: "exited", code: code ?? 0 } : { kind: "signaled", signal: ended });
      });
    });
  } catch (error) {
    // A file that is no program: Node throws for it.
    return notStarted(error);
  }
}
