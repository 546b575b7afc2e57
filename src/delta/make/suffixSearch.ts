import { sortSuffixes } from "./suffixArray.ts";

export interface Search {
  /** Looks for a piece of the old content that the new has at this place. */
  find(at: number): void;
  /** Of what was found; 0 if nothing was. */
  length: number;
  /** Where it begins in the old content. */
  position: number;
}

/** Of a longer one no more is said: what follows is found again. */
export const MAX_MATCH_BYTES = 65_536;

/** Finds the longest piece. Takes four bytes of memory for each of the old content, and about as much while it begins. */
export function openSuffixSearch(before: Uint8Array, after: Uint8Array): Search {
  const suffixes = sortSuffixes(before);
  const search: Search = { find, length: 0, position: 0 };
  return search;

  function find(at: number): void {
    let [low, high] = [0, suffixes.length - 1];
    // How many bytes the suffixes at both ends have in common with what is looked for.
    let [lowShared, highShared] = [0, 0];
    const wanted = Math.min(after.length - at, MAX_MATCH_BYTES);
    search.length = 0;
    search.position = 0;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const position = suffixes[middle] ?? 0;
      const most = Math.min(before.length - position, wanted);
      let shared = Math.min(lowShared, highShared);
      while (shared < most && before[position + shared] === after[at + shared]) shared += 1;
      if (shared > search.length) {
        search.length = shared;
        search.position = position;
      }
      if (shared === wanted) return;
      // A suffix that ends is smaller than one that goes on.
      if (position + shared < before.length && (before[position + shared] ?? 0) > (after[at + shared] ?? 0)) {
        high = middle - 1;
        highShared = shared;
      } else {
        low = middle + 1;
        lowShared = shared;
      }
    }
  }
}
