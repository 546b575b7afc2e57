import type { Found } from "./lockFile.ts";

/*
 * Where age has to decide, it is a minute without a beat, by the file system's clock. That clock may be set back: then
 * the time of a lock lies ahead, for its owner's next beat if it lives, and until that time comes if it does not. So one
 * that lies ahead by more than a minute is watched for two beats, and is dead if none came. Who looks once only takes a
 * day ahead for the sign of a clock that was wrong.
 */

export const HEARTBEAT_MS = 5_000;
const STALE_MS = 60_000;
const WATCH_MS = 2 * HEARTBEAT_MS;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What a process that waits has seen of a lock and of the marks on it. */
export interface Watch {
  /** Milliseconds that it has waited by now. */
  waited: number;
  /** By id: the time that it had, and since when. */
  readonly seen: Map<string, { readonly touched: number; readonly since: number }>;
}

export function isStale({ id, age, touched }: Found, { waited, seen }: Watch): boolean {
  if (age >= -STALE_MS) return age > STALE_MS;
  if (age < -DAY_MS) return true;
  const before = seen.get(id);
  if (before?.touched === touched) return waited - before.since > WATCH_MS;
  seen.set(id, { touched, since: waited });
  return false;
}
