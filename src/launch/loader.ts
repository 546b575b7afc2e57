import { execFile } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readElf } from "./elf.ts";

const TIMEOUT_MS = 5000;
// What glibc's and musl's loaders say; other things that they print are warnings.
const PROBLEM =
  /error while loading shared librar|version `.*' not found|symbol lookup error|Error (loading|relocating)/;

/**
 * Asks the program's loader whether it finds all libraries, without starting the program: a release that was built on a
 * newer system than this one ends before its first line, with an exit code that looks like a choice (127, and 1 for a
 * version of the C library that is missing).
 *
 * @returns what the loader misses, in its own words; undefined where nothing is, or where nobody can tell.
 */
export async function findMissingLibrary(executable: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const loader = readLoader(executable);
  if (loader === undefined) return undefined;
  const said = new Promise<string>((resolve) => {
    execFile(loader, ["--list", executable], { encoding: "utf8", timeout: TIMEOUT_MS, env }, (_error, _out, stderr) =>
      resolve(stderr),
    );
  });
  // A loader that cannot be started tells nothing.
  return (await said.catch(() => ""))
    .split("\n")
    .find((line) => PROBLEM.test(line))
    ?.trim();
}

/** The program that loads a dynamic Linux program; undefined for anything else. */
function readLoader(executable: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(executable, "r");
    return readElf(file)?.loader;
  } catch {
    // Nobody's loader has a say in what cannot be read.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
