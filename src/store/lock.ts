import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { diskError, systemCodeOf } from "../errors.ts";
import { makeFolder, removeUnlessHeld } from "./atomic.ts";
import { HEARTBEAT_MS, isStale, type Watch } from "./lockAge.ts";
import {
  beat,
  type Claim,
  type Found,
  inspect,
  type Owner,
  release,
  renewClaim,
  take,
  writeClaim,
} from "./lockFile.ts";
import type { StorePaths } from "./paths.ts";

/*
 * One writer across processes, with nothing but files.
 *
 * Taking: the owner's record is written to a file of its own, then linked to the lock's name. A link fails when the
 * name exists, and the name never stands for a half-written record.
 *
 * Dying: a lock is broken only when its owner is gone. In the same space of process ids the id decides, together with
 * the process' start time where the system tells it (Linux), since ids are used again. In another one (a network home,
 * a container) and where no start time is known, its age decides (lockAge.ts): a live owner touches it every five seconds.
 *
 * Breaking: two processes may both find lock T dead, and the slower one must not remove the lock that the faster one
 * has taken meanwhile. So whoever would break T first takes the name `lock.break-T`, reads the lock again, and removes
 * it only if it still is T. Tokens are used once, so T never comes back, and a mark that outlives T does no harm.
 * If its holder M died before removing T, the right to break T passes to whoever takes `lock.break-M`, and so on. While
 * T is there, a mark is removed by nobody but its own holder, and by that one only as the last of the chain. So at any
 * time that last mark has one holder, and nobody else removes T.
 *
 * What remains: where age has to decide, a process that was stopped for a minute may wake up and not know that its
 * lock was broken. Nothing of the store depends on the lock alone: every file gets its name whole, by a rename, and
 * content is verified when it is read.
 */

export interface LockOptions {
  /** Milliseconds to wait for another owner; 0 tries once. */
  readonly timeout: number;
  /** Ends the waiting with the signal's reason. */
  readonly signal?: AbortSignal;
  /** The process that will own it; the tests' seam. */
  readonly owner?: { readonly pid: number; readonly host: string };
}

const POLL_MS = 100;

/** @returns undefined when somebody else holds it. @throws AppError when the folder cannot be written. */
export async function acquireLock(paths: StorePaths, options: LockOptions): Promise<AsyncDisposable | undefined> {
  options.signal?.throwIfAborted();
  const { lock } = paths;
  const owner = describeOwner(options.owner ?? { pid: process.pid, host: hostname() });
  const claim: Claim = { path: `${lock}.${owner.token}`, owner };
  const watch: Watch = { waited: 0, seen: new Map() };
  try {
    await makeFolder(dirname(lock));
    await writeClaim(claim);
    for (; ; watch.waited += POLL_MS) {
      // The lock will have the claim's time: it must not be old from the first moment.
      await renewClaim(claim);
      if (await take(claim, lock)) return hold(lock, owner);
      if (await breakDead(lock, { claim, watch })) continue;
      if (watch.waited >= options.timeout) return undefined;
      await pause(options.signal);
    }
  } catch (error) {
    throw diskError(error, lock);
  } finally {
    await rm(claim.path, { force: true }).catch(() => undefined);
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await delay(POLL_MS, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}

function hold(lock: string, owner: Owner): AsyncDisposable {
  const heartbeat = setInterval(() => {
    // A lock that cannot be touched is still held; at worst somebody waits for less long.
    beat(lock, owner).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(heartbeat);
      await release(lock, owner);
    },
  };
}

interface Waiter {
  readonly claim: Claim;
  readonly watch: Watch;
}

/** Removes the lock if its owner is gone. @returns whether it is worth trying to take it at once. */
async function breakDead(lock: string, waiter: Waiter): Promise<boolean> {
  const { claim } = waiter;
  const found = await inspect(lock, claim);
  if (found === undefined || !isDead(found, waiter)) return false;
  const marks = await takeMarks(lock, waiter, found.id);
  if (marks === undefined) return false;
  const removed = (await inspect(lock, claim))?.id === found.id && (await removeUnlessHeld(lock));
  await Promise.all((removed ? marks : marks.slice(-1)).map(removeUnlessHeld));
  return removed;
}

/** The right to break the lock with this id. @returns its marks, the last of them ours; undefined if it is another's. */
async function takeMarks(lock: string, waiter: Waiter, id: string): Promise<string[] | undefined> {
  const { claim } = waiter;
  const mark = `${lock}.break-${id}`;
  if (await take(claim, mark)) return [mark];
  const found = await inspect(mark, claim);
  // Ours already: it could not be removed the time before.
  if (found?.id === claim.owner.token) return [mark];
  if (found === undefined || !isDead(found, waiter)) return undefined;
  const more = await takeMarks(lock, waiter, found.id);
  return more === undefined ? undefined : [mark, ...more];
}

function isDead(found: Found, { claim, watch }: Waiter): boolean {
  const { owner } = found;
  const self = claim.owner;
  if (owner === undefined || owner.host !== self.host || owner.space !== self.space) return isStale(found, watch);
  if (!isAlive(owner.pid)) return true;
  const started = startOf(owner.pid);
  return started === undefined || owner.started === undefined ? isStale(found, watch) : started !== owner.started;
}

function describeOwner({ pid, host }: { pid: number; host: string }): Owner {
  const space = spaceOfIds();
  const started = startOf(pid);
  return {
    token: randomUUID(),
    pid,
    host,
    ...(space === undefined ? {} : { space }),
    ...(started === undefined ? {} : { started }),
  };
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

/** Where a process id means the same process: one boot, and one of the namespaces that containers have. */
function spaceOfIds(): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}/${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}

/** In clock ticks since the boot, from proc(5). */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may hold spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // A killed process that nobody has waited for yet holds nothing any more.
    return fields[0] === "Z" || fields[0] === "X" ? "ended" : fields[19];
  } catch {
    return undefined;
  }
}
