import { timeoutAfter } from "../../../abort.ts";
import { AppError } from "../../../errors.ts";
import type { Download } from "../../../release/download.ts";
import type { Shelf } from "../shelf.ts";

export interface ReleasesOptions {
  readonly shelf: Pick<Shelf, "readRelease">;
  /** Milliseconds after which a release is read again, when somebody wants it. */
  readonly refresh: number;
  /** Milliseconds, on a clock that never goes back. */
  readonly now: () => number;
}

/** The files of single versions and launchers, without the registry being asked at each visit. */
export interface Releases {
  /**
   * @returns undefined where there is no such tag.
   * @throws AppError `unavailable` when the registry does not answer, or was asked for too much already.
   */
  files(tag: string): Promise<readonly Download[] | undefined>;
}

interface Entry {
  readonly files: readonly Download[];
  /** When it was asked for. */
  at: number;
}

// Each is a few kilobytes.
const KNOWN = 100;
const MISSING = 1000;
const MISSING_FOR_MS = 30_000;
const PATIENCE_MS = 30_000;
// Tags that nobody has asked for before: whoever makes them up is not to have the registry asked more often than this.
const LOOKUPS_PER_MINUTE = 60;
const LOOKUPS_AT_ONCE = 8;

export function openReleases({ shelf, refresh, now }: ReleasesOptions): Releases {
  const known = new Map<string, Entry>();
  const missing = new Map<string, number>();
  const reading = new Map<string, Promise<readonly Download[] | undefined>>();
  let budget = { left: LOOKUPS_PER_MINUTE, at: now() };

  async function read(tag: string): Promise<readonly Download[] | undefined> {
    const files = await shelf.readRelease(tag, timeoutAfter(PATIENCE_MS));
    known.delete(tag);
    missing.delete(tag);
    if (files === undefined) remember(missing, tag, { value: now(), most: MISSING });
    else remember(known, tag, { value: { files, at: now() }, most: KNOWN });
    return files;
  }

  /** One request for all who ask at the same time. */
  async function readOnce(tag: string): Promise<readonly Download[] | undefined> {
    const running = reading.get(tag) ?? read(tag).finally(() => reading.delete(tag));
    reading.set(tag, running);
    return await running;
  }

  function mayLookUp(): boolean {
    const at = now();
    const left = Math.min(LOOKUPS_PER_MINUTE, budget.left + ((at - budget.at) * LOOKUPS_PER_MINUTE) / 60_000);
    const may = left >= 1 && reading.size < LOOKUPS_AT_ONCE;
    budget = { left: may ? left - 1 : left, at };
    return may;
  }

  return {
    async files(tag) {
      const entry = known.get(tag);
      if (entry !== undefined) {
        remember(known, tag, { value: entry, most: KNOWN });
        if (now() - entry.at >= refresh) {
          // Who comes next sees what has changed; should the registry be away, it is asked again after as long.
          entry.at = now();
          readOnce(tag).catch(() => undefined);
        }
        return entry.files;
      }
      const missed = missing.get(tag);
      if (missed !== undefined && now() - missed < MISSING_FOR_MS) return undefined;
      if (!reading.has(tag) && !mayLookUp()) {
        throw new AppError("unavailable", "too many versions are being looked up", { hint: "Try again in a minute." });
      }
      return await readOnce(tag);
    },
  };
}

/** As the newest of so many. */
function remember<Value>(map: Map<string, Value>, key: string, { value, most }: { value: Value; most: number }): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
