import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { diskError, systemCodeOf } from "../errors.ts";
import type { StorePaths } from "./paths.ts";

/*
 * One writer across processes, with nothing but files.
 *
 * Taking: the owner's record is written to a file of its own, then linked to the lock's name. A link fails when the
 * name exists, and the name never stands for a half-written record.
 *
 * Dying: a lock is broken only when its owner is surely gone. On the same machine the process id decides, together
 * with the process' start time where the system tells it (Linux), since ids are used again. On another machine (a
 * network home) and where no start time is known, a lock whose owner has not touched it for a minute is dead.
 *
 * Breaking: two processes may both find the same dead lock, and the slower one must not remove the lock that the
 * faster one has taken meanwhile. So whoever breaks lock T first creates T's breaking mark, which only one can, then
 * reads the lock again, and removes it only if it still is T: nobody but the holder of the mark removes T, and T
 * never comes back. A mark whose maker was killed in that moment is void after a minute.
 */

export interface LockOptions {
  /** Milliseconds to wait for another owner; 0 tries once. */
  readonly timeout: number;
  /** The process that will own it; the tests' seam. */
  readonly owner?: { readonly pid: number; readonly host: string };
}

interface Owner {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** Boot and start time of the process, where the system tells. */
  readonly started: string | undefined;
}

const HEARTBEAT_MS = 5_000;
const STALE_MS = 60_000;
const POLL_MS = 100;

/** @returns undefined when somebody else holds it. @throws AppError when the folder cannot be written. */
export async function acquireLock(paths: StorePaths, options: LockOptions): Promise<AsyncDisposable | undefined> {
  const pid = options.owner?.pid ?? process.pid;
  const owner: Owner = { token: randomUUID(), pid, host: options.owner?.host ?? hostname(), started: startOf(pid) };
  const beside = `${paths.lock}.${owner.token}`;
  try {
    await mkdir(dirname(paths.lock), { recursive: true, mode: 0o700 });
    await writeFile(beside, JSON.stringify(owner), { mode: 0o600 });
    for (let waited = 0; ; waited += POLL_MS) {
      if (await take(beside, paths.lock)) return hold(paths.lock, owner);
      if (await breakDead(paths.lock, owner.host)) continue;
      if (waited >= options.timeout) return undefined;
      await delay(POLL_MS);
    }
  } catch (error) {
    throw diskError(error, paths.lock);
  } finally {
    await rm(beside, { force: true }).catch(() => undefined);
  }
}

async function take(beside: string, lock: string): Promise<boolean> {
  try {
    await link(beside, lock);
    return true;
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === "EEXIST") return false;
    // File systems without links (exFAT, some network drives): an exclusive copy is the next best.
    if (code === "ENOTSUP" || code === "EPERM" || code === "ENOSYS" || code === "EOPNOTSUPP")
      return await takeByCreation(beside, lock);
    throw error;
  }
}

async function takeByCreation(beside: string, lock: string): Promise<boolean> {
  try {
    await writeFile(lock, await readFile(beside), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function hold(lock: string, owner: Owner): AsyncDisposable {
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A lock that cannot be touched is still held; at worst somebody waits for less long.
    utimes(lock, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(heartbeat);
      const current = await readOwner(lock);
      if (current?.token === owner.token) await rm(lock, { force: true });
    },
  };
}

/** Removes the lock if its owner is gone. @returns whether it is worth trying to take it at once. */
async function breakDead(lock: string, host: string): Promise<boolean> {
  const found = await readOwner(lock);
  const dead = found === undefined ? !(await isFresh(lock)) : await isDead(lock, found, host);
  if (!dead) return false;
  const mark = `${lock}.break-${found?.token ?? "unreadable"}`;
  try {
    await writeFile(mark, "", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
    if (!(await isFresh(mark))) await rm(mark, { force: true });
    return false;
  }
  try {
    if ((await readOwner(lock))?.token === found?.token) await rm(lock, { force: true });
    return true;
  } finally {
    await rm(mark, { force: true });
  }
}

async function isDead(lock: string, owner: Owner, host: string): Promise<boolean> {
  if (owner.host !== host) return !(await isFresh(lock));
  if (!isAlive(owner.pid)) return true;
  const started = startOf(owner.pid);
  if (started !== undefined && owner.started !== undefined) return started !== owner.started;
  return !(await isFresh(lock));
}

async function readOwner(lock: string): Promise<Owner | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(lock, "utf8"));
    return isOwner(value) ? value : undefined;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== "object" || value === null) return false;
  const { token, pid, host } = value as Record<string, unknown>;
  return typeof token === "string" && /^[\w-]+$/.test(token) && typeof pid === "number" && typeof host === "string";
}

/** Whether the file was touched within the last minute; one that is gone is not. */
async function isFresh(path: string): Promise<boolean> {
  try {
    const age = Date.now() - (await stat(path)).mtimeMs;
    return age < STALE_MS && age > -STALE_MS;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return systemCodeOf(error) !== "ESRCH";
  }
}

/** Boot id and start time in clock ticks, from proc(5). */
function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may hold spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = fields[19];
    return ticks === undefined ? undefined : `${boot}/${ticks}`;
  } catch {
    return undefined;
  }
}
