import type { ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import { systemCodeOf } from "../errors.ts";

// This file is on the launch path of systems that cannot replace a process.

/** How a run ended. `code` of an exit is the program's own: one that exits non-zero chose to. */
export type RunResult =
  /** `code` is the system's (`ENOENT`, `EACCES` ...). */
  | { readonly kind: "not-started"; readonly reason: string; readonly code: string | undefined }
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signaled"; readonly signal: NodeJS.Signals };

/** The parts of Node's process that a parent needs while its child runs. */
export interface SignalHandle {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  on(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

export interface RunOptions {
  readonly handle: SignalHandle;
  /** What its environment has besides ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called once when the program has run this long. */
  readonly survived?: { readonly after: number; readonly call: () => void };
  /** Whether the program goes on when this process ends, which on Windows has to be said at its start. */
  readonly outlives?: boolean;
}

/** What Node loads for this: at an ordinary start only where it is wanted. */
interface NodeParts {
  readonly spawn: typeof spawn;
  readonly isatty: (stream: number) => boolean;
}

interface Signals {
  /** A terminal sends these to all that run in it: the program has them already, and must not get them twice. */
  readonly fromTerminal: readonly NodeJS.Signals[];
  readonly passedOn: readonly NodeJS.Signals[];
}

const POSIX: Signals = {
  fromTerminal: ["SIGINT", "SIGQUIT"],
  passedOn: ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH"],
};

// Windows has no signals that one process could send to another. Node has names for what happens to a console (Ctrl+C,
// Ctrl+Break, it is closed, its size changes), the system tells the program of that itself, and child.kill() would end
// it there and then, whatever the name (node#64324). We hear of the first three so that they do not end us before it.
const WINDOWS: Signals = { fromTerminal: ["SIGINT", "SIGBREAK", "SIGHUP"], passedOn: [] };

/** Runs the program as a child with our terminal, arguments and signals, and waits for its end. */
export async function runOnce(
  executable: string,
  args: readonly string[],
  options: RunOptions & NodeParts,
): Promise<RunResult> {
  const { handle, survived, outlives = false } = options;
  // execvp(3) hands what the system does not know to a shell, and a shell takes a file of zeros for an empty script.
  if (isBlank(executable)) return { kind: "not-started", reason: "it is no program", code: "ENOEXEC" };
  let child: ChildProcess;
  try {
    child = options.spawn(executable, args, {
      stdio: "inherit",
      env: options.env === undefined ? handle.env : { ...handle.env, ...options.env },
      argv0: executable,
      windowsHide: false,
      detached: outlives,
    });
  } catch (error) {
    // Node tells of some failures by an event, and of others so: a file that is no program, or one that is held.
    return notStarted(error);
  }
  const leaveSignals = passSignals(options, (signal) => child.kill(signal));
  let timer: NodeJS.Timeout | undefined;
  child.once("spawn", () => {
    if (survived !== undefined) timer = setTimeout(survived.call, survived.after);
  });
  try {
    return await new Promise<RunResult>((resolve) => {
      child.once("error", (error) => resolve(notStarted(error)));
      child.once("exit", (code, signal) => {
        resolve(signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "signaled", signal });
      });
    });
  } finally {
    clearTimeout(timer);
    leaveSignals();
  }
}

/** What Node says of a program that the system did not start. */
export function notStarted(error: unknown): RunResult {
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: "not-started", reason, code: systemCodeOf(error) };
}

const HEAD_BYTES = 64;

/** Whether the file begins with nothing but zeros, as a power cut leaves files on some disks. */
function isBlank(path: string): boolean {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const head = Buffer.alloc(HEAD_BYTES);
    const length = readSync(file, head, 0, HEAD_BYTES, 0);
    return length > 0 && head.every((byte) => byte === 0);
  } catch {
    // Whoever starts it is told why it cannot be read.
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** @returns what stops it. */
function passSignals(
  { handle, isatty }: Pick<RunOptions, "handle"> & NodeParts,
  pass: (signal: NodeJS.Signals) => void,
): () => void {
  const isWindows = handle.platform === "win32";
  const { fromTerminal, passedOn } = isWindows ? WINDOWS : POSIX;
  // Any of the three: in a pipeline only one or two of them are the terminal. process.stdin would do more than tell: it
  // makes a pipe non-blocking, for the program too, which shares it.
  const stays = isWindows || [0, 1, 2].some((stream) => isatty(stream));
  const stay = (signal: NodeJS.Signals): void => {
    if (!stays) pass(signal);
  };
  for (const signal of fromTerminal) handle.on(signal, stay);
  for (const signal of passedOn) handle.on(signal, pass);
  return () => {
    for (const signal of fromTerminal) handle.off(signal, stay);
    for (const signal of passedOn) handle.off(signal, pass);
  };
}
