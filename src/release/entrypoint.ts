import { chmod, lstat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../errors.ts";
import { isExecutable } from "./executable.ts";
import { pathKey, splitSafePath } from "./safePath.ts";

export interface EntrypointQuestion {
  readonly directory: string;
  /** What the release or installer.json says. */
  readonly wanted: string | undefined;
  readonly files: readonly { readonly path: string; readonly executable: boolean }[];
  readonly platform: NodeJS.Platform;
}

/**
 * Which file is the program: the one named (on Windows with or without ".exe"), else the only file, else the only
 * executable one at the top. It gets its executable bit, which `oras push` of a bare file loses.
 *
 * @returns its relative path, with "/". @throws AppError `bad-data`.
 */
export async function chooseEntrypoint(question: EntrypointQuestion): Promise<string> {
  const chosen = question.wanted === undefined ? await guess(question) : find(question, question.wanted);
  const path = join(question.directory, ...chosen.split("/"));
  if (question.platform !== "win32" && (await lstat(path)).isFile()) await chmod(path, 0o755);
  return chosen;
}

function find({ files, platform }: EntrypointQuestion, wanted: string): string {
  const names = new Map(files.map(({ path }) => [pathKey(path.split("/"), platform), path]));
  for (const candidate of [wanted, `${wanted}.exe`]) {
    const found = names.get(pathKey(splitSafePath(candidate, platform), platform));
    if (found !== undefined) return found;
  }
  throw unclear(`the release has no file ${JSON.stringify(wanted)} to start`, files);
}

async function guess({ directory, files }: EntrypointQuestion): Promise<string> {
  const [only, ...more] = files;
  if (only !== undefined && more.length === 0) return only.path;
  const top = files.filter(({ path }) => !path.includes("/"));
  const executable: string[] = [];
  for (const { path, executable: marked } of top) {
    if (marked || (await isExecutable(join(directory, path), 0))) executable.push(path);
  }
  const [program, ...others] = executable;
  if (program !== undefined && others.length === 0) return program;
  throw unclear("the release does not say which of its files to start", files);
}

function unclear(problem: string, files: EntrypointQuestion["files"]): AppError {
  const names = files.slice(0, 8).map(({ path }) => path);
  const list = `${names.join(", ")}${files.length > names.length ? ", ..." : ""}`;
  return new AppError("bad-data", `${problem}; its files are: ${list}`, {
    hint: 'The publisher names the program with: slipway push --entrypoint PATH, or "entrypoint" in installer.json.',
  });
}
