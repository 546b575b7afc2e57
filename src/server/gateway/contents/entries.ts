import { unlessAborted } from "../../../abort.ts";
import { diskError } from "../../../errors.ts";
import type { Descriptor } from "../../../oci/descriptor.ts";
import { type Bytes, sizeMismatch } from "../../../oci/storage.ts";
import { DiskRefused, receive, recognize } from "./arrival.ts";
import { BlockChanged, openCheckedFile } from "./checkedFile.ts";
import type { Trouble, Wanted } from "./contents.ts";
import { type DamagedCopy, damagedCopy, type Entry, goesOn, makeEntry, openToRead, type Start } from "./entry.ts";
import type { CreatedFile, KeptFiles } from "./keptFiles.ts";
import { openLedger } from "./ledger.ts";
import type { Followed } from "./part.ts";
import { openSharedBlocks } from "./sharedBlocks.ts";

/** The files that are kept or arrive, and who reads them. */
export interface Entries extends AsyncDisposable {
  readonly kept: { readonly files: number; readonly bytes: number };
  keeps(size: number): boolean;
  isWhole(content: Descriptor): boolean;
  /** @returns undefined where it cannot be kept. */
  hold(wanted: Wanted, signal: AbortSignal): Promise<Held | undefined>;
}

/** A file that stays, or goes on to arrive, until it is let go. */
export interface Held extends Followed, AsyncDisposable {
  /** Has a file go that cannot be read. @returns the error for whoever read it. */
  judge(error: unknown): unknown;
}

export interface EntriesOptions {
  readonly files: KeptFiles;
  readonly limit: number;
  readonly fetch: (wanted: Wanted, signal: AbortSignal) => Bytes;
  readonly onTrouble: (trouble: Trouble) => void;
}

// A file that is taken away each time that it has come is not worth another try.
const ATTEMPTS = 3;

export async function openEntries({ files, limit, fetch, onTrouble }: EntriesOptions): Promise<Entries> {
  const ledger = openLedger<Entry>(limit);
  const blocks = openSharedBlocks();
  const arrivals = new Set<Promise<void>>();
  const removals = new Set<Promise<void>>();
  let refused = false;

  function enter(content: Descriptor, settled: boolean): Entry {
    const file = openCheckedFile(content.size, blocks);
    const entry = makeEntry({ content, file, path: files.pathOf(content), settled });
    ledger.add(entry);
    return entry;
  }

  /** One that is there or has room. */
  function findOrEnter(content: Descriptor): Entry | undefined {
    const found = ledger.find(content.digest);
    if (found !== undefined) return found;
    const leaving = ledger.planRoom(content.size);
    leaving?.forEach(drop);
    return leaving === undefined ? undefined : enter(content, false);
  }

  /** @returns whether it was the one of its digest: else its path may be another's by now. */
  function drop(entry: Entry): boolean {
    const current = ledger.remove(entry);
    if (current) track(removals, files.remove(entry.path));
    return current;
  }

  function tellRefused(error: unknown): void {
    if (!refused) onTrouble({ kind: "disk", error });
    refused = true;
  }

  function dropDamaged(entry: Entry, cause: unknown): DamagedCopy {
    const error = damagedCopy(entry.content, cause);
    if (drop(entry)) onTrouble({ kind: "mismatch", where: "disk", blob: entry.content, error });
    return error;
  }

  /** Of a file of an earlier run. */
  async function makeSure(entry: Entry): Promise<Start> {
    let handle;
    try {
      handle = await openToRead(entry);
      if (handle === undefined) drop(entry);
      else await recognize(handle, entry);
      return handle === undefined ? "lost" : "there";
    } catch (error) {
      dropDamaged(entry, error);
      return "lost";
    } finally {
      await handle?.close();
    }
  }

  async function begin(entry: Entry, wanted: Wanted): Promise<Start> {
    // What had this name before must not take the new one with it.
    await Promise.all(removals);
    try {
      const created = await files.create(entry.content);
      entry.path = created.path;
      entry.arrival = arrive(entry, created, wanted);
      track(arrivals, entry.arrival);
      return "there";
    } catch (error) {
      ledger.remove(entry);
      tellRefused(error);
      return "refused";
    }
  }

  async function arrive(entry: Entry, created: CreatedFile, wanted: Wanted): Promise<void> {
    const { path, handle } = created;
    try {
      await receive(fetch(wanted, entry.abandoned.signal), handle, entry);
      entry.path = await created.keep();
      entry.settled = true;
      refused = false;
    } catch (error) {
      ledger.remove(entry);
      if (error instanceof DiskRefused || entry.growth.whole)
        tellRefused(diskError(error instanceof DiskRefused ? error.cause : error, path));
      // Whoever has begun to read what is whole may go on.
      if (!entry.growth.whole) entry.growth.fail(error);
      await files.remove(path);
    } finally {
      await handle.close();
    }
  }

  function release(entry: Entry): void {
    entry.readers -= 1;
    if (entry.readers > 0 || goesOn(entry)) return;
    ledger.remove(entry);
    entry.abandoned.abort();
  }

  async function tryEntry(entry: Entry, wanted: Wanted, signal: AbortSignal): Promise<Held | Start> {
    entry.start ??= entry.settled ? makeSure(entry) : begin(entry, wanted);
    const start = await unlessAborted(entry.start, signal);
    if (start !== "there") return start;
    // The same digest cannot have two sizes.
    if (entry.content.size !== wanted.content.size) throw sizeMismatch(wanted.content, String(entry.content.size));
    const handle = await openToRead(entry);
    if (handle === undefined) {
      drop(entry);
      return "lost";
    }
    const { file, growth } = entry;
    return {
      file,
      growth,
      handle,
      judge: (error) => (error instanceof BlockChanged ? dropDamaged(entry, error) : error),
      async [Symbol.asyncDispose]() {
        release(entry);
        await handle.close();
      },
    };
  }

  async function hold(wanted: Wanted, signal: AbortSignal): Promise<Held | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const entry = findOrEnter(wanted.content);
      if (entry === undefined) return undefined;
      ledger.touch(entry);
      entry.readers += 1;
      let held: Held | Start = "lost";
      try {
        held = await tryEntry(entry, wanted, signal);
      } finally {
        if (typeof held === "string") release(entry);
      }
      if (typeof held === "object") return held;
      if (held === "refused") return undefined;
    }
    return undefined;
  }

  try {
    for (const { digest, size } of await files.sweep())
      enter({ mediaType: "application/octet-stream", digest, size }, true);
    ledger.planRoom(0)?.forEach(drop);
  } catch (error) {
    tellRefused(error);
  }

  return {
    get kept() {
      return { files: ledger.files, bytes: ledger.bytes };
    },
    keeps: (size) => !refused && size <= limit,
    isWhole: ({ digest }) => ledger.find(digest)?.settled === true,
    hold,
    async [Symbol.asyncDispose]() {
      for (const entry of ledger.all()) if (!entry.settled) entry.abandoned.abort();
      await Promise.all([...arrivals, ...removals]);
    },
  };
}

function track(tasks: Set<Promise<void>>, task: Promise<void>): void {
  const tracked = task.finally(() => tasks.delete(tracked));
  tasks.add(tracked);
}
