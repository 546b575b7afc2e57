import type { Digest } from "../../../oci/digest.ts";

export interface LedgerEntry {
  readonly content: { readonly digest: Digest; readonly size: number };
  /** Whether nobody needs it just now. */
  readonly idle: boolean;
}

/** What takes how much room, from what was used least recently to what was used last. */
export interface Ledger<Entry extends LedgerEntry> {
  readonly files: number;
  readonly bytes: number;
  all(): Iterable<Entry>;
  find(digest: Digest): Entry | undefined;
  add(entry: Entry): void;
  /** Tells that it is used now. */
  touch(entry: Entry): void;
  /** @returns whether it was there: another one with its digest stays. */
  remove(entry: Entry): boolean;
  /** What has to go so that so many bytes more have room; undefined when they have none, whatever goes. */
  planRoom(size: number): readonly Entry[] | undefined;
}

/** @param limit bytes of all entries together. */
export function openLedger<Entry extends LedgerEntry>(limit: number): Ledger<Entry> {
  const entries = new Map<Digest, Entry>();
  let bytes = 0;

  function remove(entry: Entry): boolean {
    const { digest, size } = entry.content;
    if (entries.get(digest) !== entry) return false;
    entries.delete(digest);
    bytes -= size;
    return true;
  }

  return {
    get files() {
      return entries.size;
    },
    get bytes() {
      return bytes;
    },
    all: () => entries.values(),
    find: (digest) => entries.get(digest),

    add(entry) {
      entries.set(entry.content.digest, entry);
      bytes += entry.content.size;
    },

    touch(entry) {
      if (!entries.delete(entry.content.digest)) return;
      entries.set(entry.content.digest, entry);
    },

    remove,

    planRoom(size) {
      const leaving: Entry[] = [];
      let missing = bytes + size - limit;
      for (const entry of entries.values()) {
        if (missing <= 0) break;
        if (!entry.idle) continue;
        leaving.push(entry);
        missing -= entry.content.size;
      }
      return missing <= 0 ? leaving : undefined;
    },
  };
}
