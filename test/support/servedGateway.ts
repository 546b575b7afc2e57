import { spawn } from "node:child_process";
import { once } from "node:events";
import { inject } from "vitest";
import type { Sandbox } from "./sandbox.ts";

export interface ServedGateway extends AsyncDisposable {
  readonly url: string;
  /** What it has written to standard error: a JSON object in each line. */
  log(): readonly Readonly<Record<string, unknown>>[];
  /** Reads no more of it, as a program does that has ended. */
  hangUp(): void;
  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void;
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** `slipway serve` as a process of its own, on a free port. */
export async function serveGateway(
  sandbox: Sandbox,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<ServedGateway> {
  const child = spawn(process.execPath, [inject("cli"), "serve", "--port", "0", "--json", ...args], {
    cwd: sandbox.directory,
    env: { PATH: process.env["PATH"], HOME: sandbox.home, LC_ALL: "C.UTF-8", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (text) => (output[name] += String(text)));
  const ended = once(child, "exit").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", () => {
      if (output.stdout.endsWith("}\n")) resolve((JSON.parse(output.stdout) as { url: string }).url);
    });
    void ended.then(() => reject(new Error(`slipway serve ended: ${output.stderr}`)));
  });
  return {
    url,
    ended,
    log: () =>
      output.stderr
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
    hangUp: () => void child.stderr.destroy(),
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
