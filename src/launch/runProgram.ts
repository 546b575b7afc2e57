import { spawn } from "node:child_process";

/** How a run ended. `crashed` is the system's word for it, not ours: a program that exits non-zero chose to. */
export type RunResult =
  | { readonly kind: "not-started"; readonly reason: string }
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signaled"; readonly signal: NodeJS.Signals };

/** The parts of Node's process that a parent needs while its child runs. */
export interface SignalHandle {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: { readonly isTTY?: boolean };
  on(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

export interface RunOptions {
  readonly handle: SignalHandle;
  /** Called once when the program has run this long. */
  readonly survived?: { readonly after: number; readonly call: () => void };
  /** Whether the program goes on when this process ends, which on Windows has to be said at its start. */
  readonly outlives?: boolean;
}

// A terminal sends these to the whole process group: the program has them already, and must not get them twice.
const FROM_TERMINAL: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];
const PASSED_ON: readonly NodeJS.Signals[] = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH"];

/** Runs the program as a child with our terminal, arguments and signals, and waits for its end. */
export async function runProgram(executable: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { handle, survived, outlives = false } = options;
  const child = spawn(executable, args, {
    stdio: "inherit",
    env: handle.env,
    argv0: executable,
    windowsHide: false,
    detached: outlives,
  });
  using _signals = passSignals(handle, (signal) => child.kill(signal));
  let timer: NodeJS.Timeout | undefined;
  child.once("spawn", () => {
    if (survived !== undefined) timer = setTimeout(survived.call, survived.after);
  });
  try {
    return await new Promise<RunResult>((resolve) => {
      child.once("error", (error) => resolve({ kind: "not-started", reason: error.message }));
      child.once("exit", (code, signal) => {
        resolve(signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "signaled", signal });
      });
    });
  } finally {
    clearTimeout(timer);
  }
}

function passSignals(handle: SignalHandle, pass: (signal: NodeJS.Signals) => void): Disposable {
  const onTerminal = handle.stdin.isTTY === true;
  const stay = (signal: NodeJS.Signals): void => {
    if (!onTerminal) pass(signal);
  };
  for (const signal of FROM_TERMINAL) handle.on(signal, stay);
  for (const signal of PASSED_ON) handle.on(signal, pass);
  return {
    [Symbol.dispose]() {
      for (const signal of FROM_TERMINAL) handle.off(signal, stay);
      for (const signal of PASSED_ON) handle.off(signal, pass);
    },
  };
}
