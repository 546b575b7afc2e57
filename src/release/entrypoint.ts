import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../errors.ts";
import { isExecutable } from "./executable.ts";
import type { FileNode } from "./fileTree.ts";
import type { TreeWriter } from "./writeTree.ts";

export interface EntrypointQuestion {
  readonly directory: string;
  /** What the release or installer.json says. */
  readonly wanted: string | undefined;
  /** Where an image's own program may be. */
  readonly commands: readonly string[];
  readonly tree: Pick<TreeWriter, "files" | "resolve">;
  readonly platform: NodeJS.Platform;
}

// They begin with the same bytes as programs, and nobody starts them.
const LIBRARY = /\.(dll|dylib|node|so(\.\d+)*)$/i;

/**
 * Which file is the program: the one named (with or without ".exe"), else what an image's config starts, else the only file, else the only executable one
 * at the top. It gets its executable bit, which `oras push` of a bare file loses.
 *
 * @returns its relative path, with "/". @throws AppError `bad-data`.
 */
export async function chooseEntrypoint(question: EntrypointQuestion): Promise<string> {
  const { wanted, directory, platform } = question;
  const chosen = wanted === undefined ? (findCommand(question) ?? (await guess(question))) : find(question, wanted);
  if (platform !== "win32") await chmod(join(directory, chosen.file.path), 0o755);
  return chosen.path;
}

interface Chosen {
  /** As it is to be started: a link keeps its own name, which some programs look at. */
  readonly path: string;
  readonly file: FileNode;
}

function find({ tree }: EntrypointQuestion, wanted: string): Chosen {
  for (const candidate of [wanted, `${wanted}.exe`]) {
    const file = tree.resolve(candidate);
    if (file !== undefined) return { path: plain(candidate), file };
  }
  throw unclear(`the release has no file ${JSON.stringify(wanted)} to start`, tree.files());
}

function findCommand({ commands, tree }: EntrypointQuestion): Chosen | undefined {
  for (const path of commands) {
    const file = tree.resolve(path);
    if (file !== undefined) return { path, file };
  }
  return undefined;
}

/**
 * The files among these executable ones that may be the program: no libraries, and on Windows those that it starts by
 * itself, whatever bits a release carries over from other systems.
 */
export function selectPrograms<File extends { readonly path: string }>(
  executable: readonly File[],
  windows: boolean,
): File[] {
  const programs = executable.filter(({ path }) => !LIBRARY.test(path));
  const started = windows ? programs.filter(({ path }) => /\.exe$/i.test(path)) : [];
  return started.length > 0 ? started : programs;
}

async function guess({ directory, tree, platform }: EntrypointQuestion): Promise<Chosen> {
  const files = tree.files();
  const [only] = files;
  if (only !== undefined && files.length === 1) return { path: only.path, file: only };
  const executable: FileNode[] = [];
  for (const file of files) {
    if (file.path.includes("/")) continue;
    if (file.executable || (await isExecutable(join(directory, file.path), 0))) executable.push(file);
  }
  const [program, ...others] = selectPrograms(executable, platform === "win32");
  if (program !== undefined && others.length === 0) return { path: program.path, file: program };
  throw unclear("the release does not say which of its files to start", files);
}

function plain(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

function unclear(problem: string, files: readonly FileNode[]): AppError {
  const names = files.slice(0, 8).map(({ path }) => path);
  const list = `${names.join(", ")}${files.length > names.length ? ", ..." : ""}`;
  return new AppError("bad-data", `${problem}; its files are: ${list}`, {
    hint: 'The publisher names the program with: slipway push --entrypoint PATH, or "entrypoint" in installer.json.',
  });
}
