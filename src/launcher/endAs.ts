import type { RunResult } from "../launch/runOnce.ts";
import { exitNow } from "./exit.ts";

// This file is on the launch path.

/** Ends this process as the program ended: the same exit code, or the same signal. */
export async function endAs(result: RunResult): Promise<void> {
  switch (result.kind) {
    case "exited":
      return exitNow(result.code);
    case "signaled":
      process.kill(process.pid, result.signal);
      // The signal is on its way; should it be ignored, the shell's convention for it.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return exitNow(128);
    case "not-started":
      return exitNow(70);
  }
}
