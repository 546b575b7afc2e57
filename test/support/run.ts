import { spawn } from "node:child_process";

export interface Run {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Who runs it, where that is somebody else. */
  readonly uid?: number | undefined;
}

/** Runs a program to its end. */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, env, input = "", uid }: RunOptions = {},
): Promise<Run> {
  return await new Promise((resolve, reject) => {
    const who = uid === undefined ? {} : { uid, gid: uid };
    const child = spawn(command, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"], ...who });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8");
      child[name].on("data", (text: string) => (output[name] += text));
    }
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, ...output }));
  });
}
