import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";

/** A program of the system that draws a window for us and ends when its standard input does. */
export interface Helper {
  /**
   * Hands text to the program and returns at once. Of what it has not taken yet only the newest is kept.
   */
  send(text: string): void;
  /** Ends its input, synchronously; `kill` ends the program too. Nothing is called back afterwards. */
  stop(how: "close input" | "kill"): void;
}

export interface HelperOptions {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Called for each line that the program writes. */
  readonly onLine?: (line: string) => void;
  /** Called once when the program has ended by itself; null after a signal. */
  readonly onExit?: (code: number | null) => void;
}

/**
 * Starts a helper that keeps nothing alive: this process may end, or become another, while it runs.
 *
 * @returns undefined when the program cannot be started.
 */
export function startHelper(program: string, { args, env, onLine, onExit }: HelperOptions): Helper | undefined {
  const child = trySpawn(program, args, { env, stdio: ["pipe", "pipe", "ignore"] });
  if (child === undefined) return undefined;
  const { stdin, stdout } = child as ChildProcess & { stdin: Socket; stdout: Socket };
  let ended = false;
  let writing = false;
  let waiting: string | undefined;

  // A window may be closed, or its program killed, at any moment: a pipe without a reader is no news.
  stdin.on("error", () => undefined);
  stdout.on("error", () => undefined);
  const lines = createInterface(stdout).on("line", (line) => {
    if (!ended) onLine?.(line);
  });
  child.on("exit", (code) => {
    if (ended) return;
    ended = true;
    stdin.destroy();
    onExit?.(code);
  });
  child.unref();
  stdin.unref();
  stdout.unref();

  function flush(): void {
    if (writing || ended || waiting === undefined) return;
    const text = waiting;
    waiting = undefined;
    writing = true;
    stdin.write(text, () => {
      writing = false;
      flush();
    });
  }

  return {
    send(text) {
      waiting = text;
      flush();
    },
    stop(how) {
      if (ended) return;
      ended = true;
      stdin.destroy();
      lines.close();
      stdout.destroy();
      if (how === "kill") child.kill("SIGKILL");
    },
  };
}

/** Starts a program that outlives this one. @param verbatim on Windows, arguments that are quoted already. */
export function startDetached(
  program: string,
  { args, env, verbatim = false }: Pick<HelperOptions, "args" | "env"> & { readonly verbatim?: boolean },
): void {
  trySpawn(program, args, { env, stdio: "ignore", detached: true, windowsVerbatimArguments: verbatim })?.unref();
}

/** @returns what the program wrote and its exit code, null after a signal; undefined when it could not be started. */
export async function askHelper(
  program: string,
  { args, env }: Pick<HelperOptions, "args" | "env">,
): Promise<{ code: number | null; output: string } | undefined> {
  const child = trySpawn(program, args, { env, stdio: ["ignore", "pipe", "ignore"] });
  if (child === undefined) return undefined;
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk) => (output += String(chunk)));
  return await new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, output: output.trim() }));
  });
}

/** One line of JSON in ASCII: it means the same in whatever code page a program reads it. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function trySpawn(
  program: string,
  args: readonly string[],
  options: Parameters<typeof spawn>[2],
): ChildProcess | undefined {
  try {
    const child = spawn(program, args, { ...options, windowsHide: true });
    // Whether it is a failure to start or to be killed, the window is only a comfort.
    child.on("error", () => undefined);
    return child.pid === undefined ? undefined : child;
  } catch {
    // A text with a NUL in it, or one that is too long for a command line.
    return undefined;
  }
}
