import type { RunResult } from "./runProgram.ts";

/** A version that has run this long, in milliseconds, has shown that it runs. */
export const PROBATION_MS = 10_000;

export type Verdict =
  | { readonly kind: "confirmed" }
  /** It cannot run here: go back to the version before it. */
  | { readonly kind: "failed"; readonly reason: string };

// What the kernel sends when a program breaks. SIGKILL, SIGTERM and SIGINT come from outside and prove nothing.
const CRASH_SIGNALS: ReadonlySet<NodeJS.Signals> = new Set([
  "SIGSEGV",
  "SIGBUS",
  "SIGILL",
  "SIGABRT",
  "SIGFPE",
  "SIGTRAP",
  "SIGSYS",
]);
// Windows ends a broken program with its NTSTATUS as the exit code: error severity is 0xC0000000 and above.
const NTSTATUS_ERROR = 0xc0000000;
const STATUS_CONTROL_C_EXIT = 0xc000013a;

/** Judges the first run of a version. A crash after the probation is the program's own affair. */
export function judgeFirstRun(result: RunResult, ranFor: number): Verdict {
  switch (result.kind) {
    case "not-started":
      return { kind: "failed", reason: `it could not be started: ${result.reason}` };
    case "signaled":
      if (ranFor >= PROBATION_MS || !CRASH_SIGNALS.has(result.signal)) return { kind: "confirmed" };
      return { kind: "failed", reason: `it crashed (${result.signal})` };
    case "exited": {
      const code = result.code >>> 0;
      if (ranFor >= PROBATION_MS || code < NTSTATUS_ERROR || code === STATUS_CONTROL_C_EXIT)
        return { kind: "confirmed" };
      return { kind: "failed", reason: `it crashed (0x${code.toString(16)})` };
    }
  }
}
