import { spawn } from "node:child_process";
import { AppError } from "../errors.ts";

export interface SignOptions {
  /** Node's name of the system that builds. */
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs a publisher's signing command on a finished file, through the system's shell: `{file}` becomes the path, in
 * quotes, and `SLIPWAY_FILE` holds it as well. What it prints goes to standard error.
 *
 * @throws AppError `unavailable` when it does not end with exit code 0.
 */
export async function runSigningCommand(command: string, file: string, { platform, env }: SignOptions): Promise<void> {
  const line = command.replaceAll("{file}", () => quote(file, platform));
  const problem = await new Promise<string | undefined>((resolve) => {
    const child = spawn(line, { shell: true, stdio: ["inherit", 2, 2], env: { ...env, SLIPWAY_FILE: file } });
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) =>
      resolve(code === 0 ? undefined : `it ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  if (problem === undefined) return;
  throw new AppError("unavailable", `${file} could not be signed: ${problem}`, {
    // Not the command itself: many hand their certificate's password over in it.
    hint: 'The command is "sign" in installer.json. What it printed is above.',
  });
}

function quote(path: string, platform: NodeJS.Platform): string {
  return platform === "win32" ? `"${path}"` : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
