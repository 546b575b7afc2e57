import { randomUUID } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { diskError, systemCodeOf } from "../errors.ts";
import { renameWithRetry } from "../store/atomic.ts";

/** A name beside the launcher's place for one that is being made, on the same disk and hidden where dots hide. */
export function freshBeside(home: string): string {
  return join(dirname(home), `.${basename(home)}.${randomUUID().slice(0, 8)}.new`);
}

/**
 * Puts a finished launcher at its place where the system does not let it replace one that runs, or one that is a
 * folder: the old one is moved aside, and back again when the new one cannot take its place. Between the two renames
 * the place is empty; the old launcher is then one rename away.
 */
export async function swapAside(fresh: string, home: string): Promise<void> {
  const aside = join(dirname(home), `.${basename(home)}.${randomUUID().slice(0, 8)}.old`);
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

/** Takes away what swaps left: launchers that ran when they were replaced, and those that were never finished. */
export async function sweepAside(home: string): Promise<void> {
  const prefix = `.${basename(home)}.`;
  const names = await readdir(dirname(home)).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix) || !/\.[0-9a-f]{8}\.(old|new)$/.test(name)) continue;
    // One that still runs on Windows is held: another start comes to it.
    await rm(join(dirname(home), name), { recursive: true, force: true }).catch(() => undefined);
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
