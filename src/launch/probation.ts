import type { RunResult } from "./runOnce.ts";

/** A version that has run this long, in milliseconds, has shown that it runs. */
export const PROBATION_MS = 10_000;

/** The first run of a version, or the first of which it is known how it went. */
export interface FirstRun {
  readonly result: RunResult;
  /** Milliseconds. */
  readonly ranFor: number;
  /** The program itself said that it runs (`SLIPWAY_READY_FILE`). */
  readonly ready: boolean;
  /** What the system's loader misses, if the program ended before its first line for want of it. */
  readonly missing?: string | undefined;
}

export type Verdict =
  | { readonly kind: "confirmed" }
  /** It cannot run here: go back to the version before it. */
  | { readonly kind: "failed"; readonly reason: string }
  /** The computer has no room for another process: that says nothing about the version, and the next run decides. */
  | { readonly kind: "undecided"; readonly reason: string };

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
// No room for another process, or for arguments as long as these.
const SHORT_OF: ReadonlySet<string | undefined> = new Set([
  "EAGAIN",
  "ENOMEM",
  "EMFILE",
  "ENFILE",
  "E2BIG",
  "ENAMETOOLONG",
]);
// Windows ends a broken program with its NTSTATUS as the exit code: error severity is 0xC0000000 and above, and the
// debugger's own exceptions (guard page, misalignment, breakpoint, single step), which nobody caught, are warnings.
const NTSTATUS_ERROR = 0xc0000000;
const NTSTATUS_WARNINGS: ReadonlySet<number> = new Set([0x80000001, 0x80000002, 0x80000003, 0x80000004]);
const STATUS_CONTROL_C_EXIT = 0xc000013a;
// exit(-1) and its like: no facility of Windows' is numbered so high.
const NEGATIVE = 0xffff0000;

/**
 * The rules of confirmation, in order; docs/reliability.md has them for people.
 *
 * 1. What could not be started has failed, unless the system is short of memory, processes or files, or the arguments
 *    are too long for it.
 * 2. What said that it is ready, or ran for {@link PROBATION_MS}, is confirmed: a crash after that is the program's own
 *    affair.
 * 3. What lacks a library has failed, whatever code the loader ended it with.
 * 4. What a crash signal or a Windows exception code ended has failed.
 * 5. Any other end is the program's or the person's choice, an exit code other than 0 as well: confirmed.
 */
export function judgeFirstRun({ result, ranFor, ready, missing }: FirstRun): Verdict {
  if (result.kind === "not-started") {
    const reason = `it could not be started: ${result.reason}`;
    return isShortOf(result.code) ? { kind: "undecided", reason } : failed(reason);
  }
  if (ready || ranFor >= PROBATION_MS) return { kind: "confirmed" };
  if (missing !== undefined) return failed(`it could not be started: ${missing}`);
  if (result.kind === "signaled") {
    return CRASH_SIGNALS.has(result.signal) ? failed(`it crashed (${result.signal})`) : { kind: "confirmed" };
  }
  const code = result.code >>> 0;
  return isException(code) ? failed(`it crashed (0x${code.toString(16)})`) : { kind: "confirmed" };
}

/** Whether a program was not started for something that the computer has too little of at the moment. */
export function isShortOf(code: string | undefined): boolean {
  return SHORT_OF.has(code);
}

function isException(code: number): boolean {
  if (NTSTATUS_WARNINGS.has(code)) return true;
  return code >= NTSTATUS_ERROR && code < NEGATIVE && code !== STATUS_CONTROL_C_EXIT;
}

function failed(reason: string): Verdict {
  return { kind: "failed", reason };
}
