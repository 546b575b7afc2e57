import { randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { diskError, systemCodeOf } from "../errors.ts";
import { isHeld, renameWithRetry } from "../store/atomic.ts";

const OLD = ".old";

/** A name beside the launcher's place for one that is being made, on the same disk and hidden where dots hide. */
export function freshBeside(home: string): string {
  return join(dirname(home), `.${basename(home)}.${randomUUID().slice(0, 8)}.new`);
}

/** Watches over a launcher's place until it is closed: see {@link restoreAside}. */
export type StartGuard = () => Promise<AsyncDisposable>;

/**
 * Puts a finished launcher at its place. Where nobody runs the old one that is one rename. Where the system does not
 * let it replace one that runs, or one that is a folder, the old one is moved aside, and back again when the new one
 * cannot take its place. Between these two renames the place is empty: a guard, which is a process of its own, puts the
 * old one back should this process be killed there.
 */
export async function swapAside(fresh: string, home: string, startGuard: StartGuard): Promise<void> {
  if (await replaceAtOnce(fresh, home)) return;
  const aside = join(dirname(home), `.${basename(home)}.${randomUUID().slice(0, 8)}${OLD}`);
  await using _guard = await startGuard();
  try {
    const moved = await moveAside(home, aside);
    try {
      await renameWithRetry(fresh, home);
    } catch (error) {
      if (moved) await rename(aside, home);
      throw error;
    }
  } catch (error) {
    throw diskError(error, home);
  }
}

/** Puts back what a swap moved aside, if its place is empty. @returns whether that was so. */
export async function restoreAside(home: string): Promise<boolean> {
  if (existsSync(home)) return false;
  const old = (await asideOf(home)).filter((path) => path.endsWith(OLD));
  const [latest] = old.map((path) => ({ path, at: statSync(path).ctimeMs })).sort((a, b) => b.at - a.at);
  if (latest === undefined) return false;
  await renameWithRetry(latest.path, home);
  return true;
}

/** Takes away what swaps left: launchers that ran when they were replaced, and those that were never finished. */
export async function sweepAside(home: string): Promise<void> {
  for (const path of await asideOf(home)) {
    // One that still runs on Windows is held: another start comes to it.
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function asideOf(home: string): Promise<string[]> {
  const prefix = `.${basename(home)}.`;
  const names = await readdir(dirname(home)).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefix) && /\.[0-9a-f]{8}\.(old|new)$/.test(name))
    .map((name) => join(dirname(home), name));
}

/** A folder cannot be replaced so, nor a file that runs on Windows. */
async function replaceAtOnce(fresh: string, home: string): Promise<boolean> {
  try {
    if (existsSync(home) && !statSync(home).isFile()) return false;
    await rename(fresh, home);
    return true;
  } catch (error) {
    if (isHeld(error)) return false;
    throw diskError(error, home);
  }
}

async function moveAside(home: string, aside: string): Promise<boolean> {
  try {
    await renameWithRetry(home, aside);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    throw error;
  }
}
