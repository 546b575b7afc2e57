import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../errors.ts";
import type { Platform } from "../oci/platform.ts";
import { selectPrograms } from "../release/entrypoint.ts";
import { isExecutable } from "../release/executable.ts";

/**
 * The program in a platform's folder, relative and with "/". Found out when it is pushed, so that no person's computer
 * has to guess.
 *
 * @param wanted what --entrypoint or installer.json says; on Windows with or without ".exe".
 * @throws AppError `not-found`, or `usage` when the folder leaves it open.
 */
export async function findFolderProgram(
  folder: string,
  platform: Platform,
  wanted: string | undefined,
): Promise<string> {
  const windows = platform.os === "windows";
  if (wanted !== undefined) {
    for (const candidate of windows ? [wanted, `${wanted}.exe`] : [wanted]) {
      if (await isFile(join(folder, candidate))) return candidate;
    }
    throw new AppError("not-found", `${folder} has no file ${wanted}`, {
      hint: "Name the program inside the folder with --entrypoint PATH.",
    });
  }
  const executable: { path: string }[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { mode } = await stat(join(folder, entry.name));
    if (await isExecutable(join(folder, entry.name), mode)) executable.push({ path: entry.name });
  }
  const programs = selectPrograms(executable, windows)
    .map(({ path }) => path)
    .sort();
  const [program, ...others] = programs;
  if (program !== undefined && others.length === 0) return program;
  const problem =
    program === undefined ? "no program at its top" : `several programs: ${programs.slice(0, 5).join(", ")}`;
  throw new AppError("usage", `${folder} has ${problem}`, {
    hint: "Name the one to start, relative to the folder, with --entrypoint PATH.",
  });
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
