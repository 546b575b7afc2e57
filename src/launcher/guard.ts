import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { restoreAside } from "../desktop/swap.ts";
import { AppError } from "../errors.ts";

/** The verb under which a launcher watches over its own place: no person's wish, and on no help page. */
export const GUARD = "guard";

const READY = "ready\n";
const START_MS = 30_000;

/**
 * Starts a process of its own that puts the launcher which was moved aside back to its place, should this process end
 * before it has put the new one there. It learns of that end by its standard input.
 *
 * @throws AppError `io` when it does not start: then nothing is moved.
 */
export async function startGuard(executable: string): Promise<AsyncDisposable> {
  const child = spawn(executable, ["--launcher", GUARD], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
    windowsHide: true,
  });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  const signal = AbortSignal.timeout(START_MS);
  try {
    await Promise.race([once(child.stdout, "data", { signal }), once(child, "exit", { signal })]);
  } catch {
    child.kill("SIGKILL");
  }
  if (child.exitCode !== null || child.signalCode !== null || signal.aborted)
    throw new AppError("io", "the launcher's place cannot be watched while it is replaced", { hint: "Try again." });
  child.unref();
  return {
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      child.stdout.destroy();
    },
  };
}

/** What the guard does: it waits until nobody holds its input any more. */
export async function runGuard(home: string): Promise<void> {
  writeSync(1, READY);
  process.stdin.resume();
  await new Promise<void>((resolve) => {
    process.stdin.once("end", resolve).once("error", () => resolve());
  });
  await restoreAside(home);
}
