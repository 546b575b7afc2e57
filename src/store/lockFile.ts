import { constants, link, readFile, stat, writeFile } from "node:fs/promises";
import { systemCodeOf } from "../errors.ts";
import { isHeld, removeUnlessHeld } from "./atomic.ts";

/** Who holds a lock, as it is written into its file. */
export interface Owner {
  /** Of one attempt; never used again. */
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** Of the boot, and of the process' id space: a container has its own. Only where the system tells. */
  readonly space?: string;
  /** When the process started, as the system counts it. Only where the system tells. */
  readonly started?: string;
}

/** An owner's record in a file of its own, ready to be linked to the name of a lock. */
export interface Claim {
  readonly path: string;
  readonly owner: Owner;
}

export async function writeClaim({ path, owner }: Claim): Promise<void> {
  await writeFile(path, JSON.stringify(owner), { mode: 0o600 });
}

/** Writes the same again over itself, which gives the claim the file system's idea of the present. */
export async function renewClaim({ path, owner }: Claim): Promise<void> {
  await writeFile(path, JSON.stringify(owner), { flag: "r+" });
}

// File systems without links: exFAT, some network drives.
const NO_LINKS: ReadonlySet<string | undefined> = new Set(["ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EPERM", "EMLINK"]);

/** Gives the claim the lock's name, unless somebody has it. */
export async function take({ path, owner }: Claim, lock: string): Promise<boolean> {
  try {
    await link(path, lock);
    return true;
  } catch (error) {
    const code = systemCodeOf(error);
    if (NO_LINKS.has(code)) return await takeByCreation(lock, owner);
    if (code === "EEXIST" || isHeld(error)) return false;
    throw error;
  }
}

/** The next best: a reader may find the record half-written, and takes its age for an answer. */
async function takeByCreation(lock: string, owner: Owner): Promise<boolean> {
  try {
    await writeFile(lock, JSON.stringify(owner), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    // The claim was written into the same folder a moment ago: it is the name that is held, not the folder.
    if (systemCodeOf(error) === "EEXIST" || isHeld(error)) return false;
    throw error;
  }
}

/** A lock's file as it was found. */
export interface Found {
  /** Undefined for a record that cannot be read: half-written, or about to go. */
  readonly owner: Owner | undefined;
  /** Names this lock and no other that comes after it. */
  readonly id: string;
  /** When it was touched, in milliseconds since the epoch. */
  readonly touched: number;
  /** Milliseconds since then, by the clock that gave the claim its time: a file server has its own. */
  readonly age: number;
}

/** @returns undefined when there is no such file. */
export async function inspect(lock: string, claim: Claim): Promise<Found | undefined> {
  try {
    const { ino, mtimeMs } = await stat(lock);
    const owner = await readOwner(lock);
    const present = await stat(claim.path);
    const id = owner?.token ?? `x${ino}-${Math.round(mtimeMs)}`;
    return { owner, id, touched: mtimeMs, age: present.mtimeMs - mtimeMs };
  } catch (error) {
    if (isGone(error) || isHeld(error)) return undefined;
    throw error;
  }
}

/** A network drive may still know the name of a file that another computer has removed. */
function isGone(error: unknown): boolean {
  const code = systemCodeOf(error);
  return code === "ENOENT" || code === "ESTALE";
}

async function readOwner(lock: string): Promise<Owner | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(lock, "utf8"));
    return isOwner(value) ? value : undefined;
  } catch (error) {
    if (isGone(error) || isHeld(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Touches the lock while it is the owner's. A byte of white space at its end changes nothing in any record, and gives
 * the file its time from the file system; setting the time would give it ours.
 */
export async function beat(lock: string, { token }: Owner): Promise<void> {
  if ((await readOwner(lock))?.token !== token) return;
  await writeFile(lock, "\n", { flag: constants.O_WRONLY | constants.O_APPEND });
}

/** Removes the lock if it still is the owner's. */
export async function release(lock: string, { token }: Owner): Promise<void> {
  if ((await readOwner(lock))?.token === token) await removeUnlessHeld(lock);
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== "object" || value === null) return false;
  const { token, pid, host } = value as Record<string, unknown>;
  // The token becomes a part of a file name.
  return typeof token === "string" && /^[\w-]+$/.test(token) && typeof pid === "number" && typeof host === "string";
}
