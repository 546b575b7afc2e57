import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { AppError, systemCodeOf } from "../errors.ts";

export interface NpmOptions {
  /** An empty folder: the archive goes there, and a project's `.npmrc` is out of sight. */
  readonly directory: string;
  /** Node's name of the system. */
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Fetches a package's archive with npm, which checks its integrity and knows the person's proxy and registry.
 *
 * @returns the archive's path. @throws AppError `unavailable`.
 */
export async function npmPack(specifier: string, { directory, platform, env }: NpmOptions): Promise<string> {
  const windows = platform === "win32";
  const command = windows ? "npm.cmd" : "npm";
  try {
    // Node starts .cmd files only through a shell, so nothing that would need quotes is among the arguments.
    await promisify(execFile)(command, ["pack", specifier, "--loglevel=error"], {
      shell: windows,
      cwd: directory,
      env,
    });
  } catch (cause) {
    throw new AppError("unavailable", `npm could not fetch ${specifier}: ${describeFailure(cause)}`, {
      hint: "npm must be installed and reach its registry. What was fetched once is kept.",
      cause,
    });
  }
  const name = (await readdir(directory)).find((entry) => entry.endsWith(".tgz"));
  if (name === undefined) throw new AppError("unavailable", `npm wrote no archive of ${specifier}`);
  return join(directory, name);
}

function describeFailure(cause: unknown): string {
  if (systemCodeOf(cause) === "ENOENT") return "there is no npm on the PATH";
  const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr) : String(cause);
  const lines = said
    .split("\n")
    .map((line) => line.replace(/^npm (error|ERR!) ?/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("A complete log"));
  return lines.slice(0, 3).join(" ");
}
