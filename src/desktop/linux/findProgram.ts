import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";

/** @returns the path of the first of these programs that is on PATH, in order of preference. */
export function findProgram(names: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const directories = (env["PATH"] ?? "").split(":").filter((directory) => isAbsolute(directory));
  for (const name of names) {
    const found = directories.map((directory) => join(directory, name)).find(isExecutable);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
