import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { isatty } from "node:tty";
import { runOnce, type RunOptions, type RunResult } from "./runOnce.ts";

// A file that was written a moment ago may still be open: by a virus scanner on Windows, or by a child of ours that is
// about to become another program ("Text file busy", bazelisk#2).
const HELD: ReadonlySet<string | undefined> = new Set(["ETXTBSY", "EBUSY"]);
const HELD_TRIES = 30;
const HELD_PAUSE_MS = 100;

/** Runs the program as a child ({@link runOnce}), as soon as nobody has its file open. */
export async function runProgram(executable: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return await whileHeld(async () => await runOnce(executable, args, { ...options, spawn, isatty }));
}

/** Tries again for a moment while somebody has the program's file open. */
export async function whileHeld(start: () => Promise<RunResult>): Promise<RunResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await start();
    if (result.kind !== "not-started" || !HELD.has(result.code) || attempt === HELD_TRIES) return result;
    await delay(HELD_PAUSE_MS);
  }
}
