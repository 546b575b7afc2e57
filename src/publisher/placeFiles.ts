import { createHash } from "node:crypto";
import { createReadStream, lstatSync, renameSync } from "node:fs";
import { lstat, mkdir, readdir, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { AppError, diskError } from "../errors.ts";

/**
 * Moves everything from one folder into another on the same disk, folder by folder. What is there already with the
 * same content stays; with other content it is an error before anything moved, unless it is to be replaced.
 *
 * @throws AppError `cannot-create` that names what is in the way.
 */
export async function placeFiles(
  from: string,
  into: string,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  const moves: { readonly from: string; readonly to: string; readonly over: boolean }[] = [];
  await plan(from, into);
  for (const move of moves) {
    try {
      // A file replaces a file in one step; a folder that is in the way of a file has to go first.
      if (move.over) await rm(move.to, { recursive: true, force: true });
      renameSync(move.from, move.to);
    } catch (error) {
      throw diskError(error, move.to);
    }
  }

  async function plan(source: string, target: string): Promise<void> {
    for (const entry of await readdir(source, { withFileTypes: true })) {
      const one = { from: join(source, entry.name), to: join(target, entry.name) };
      const there = kindOf(one.to);
      if (there === undefined) moves.push({ ...one, over: false });
      else if (entry.isDirectory() && there === "directory") await plan(one.from, one.to);
      else if (await isSame(one.from, one.to)) continue;
      else if (replace) moves.push({ ...one, over: there === "directory" || entry.isDirectory() });
      else {
        throw new AppError("cannot-create", `${one.to} is there already, with other content`, {
          hint: "Choose another folder with -o DIR, or replace what is there with --force.",
        });
      }
    }
  }
}

export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw diskError(error, path);
  }
}

type Kind = "file" | "directory" | "symlink" | "other";

// Names are asked for and moved at once: with thousands of them, handing each to another thread would take longer.
/** Of the name itself: a link that stands there is a link, wherever it leads. */
function kindOf(path: string): Kind | undefined {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    return found.isFile() ? "file" : found.isDirectory() ? "directory" : found.isSymbolicLink() ? "symlink" : "other";
  } catch (error) {
    throw diskError(error, path);
  }
}

async function isSame(a: string, b: string): Promise<boolean> {
  const [kind, other] = [kindOf(a), kindOf(b)];
  if (kind !== other) return false;
  if (kind === "symlink") return (await readlink(a)) === (await readlink(b));
  if (kind !== "file" || (await lstat(a)).size !== (await lstat(b)).size) return false;
  return (await digestOfFile(a)) === (await digestOfFile(b));
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
