import { sortSuffixes } from "./suffixArray.ts";

export interface Search {
  /** Finds the longest piece of the old content that the new has at this place. */
  find(at: number): void;
  /** Of what was found. */
  length: number;
  /** Where it begins in the old content. */
  position: number;
}

/** Takes four bytes of memory for each of the old content, and about as much while it begins. */
export function openSearch(before: Uint8Array, after: Uint8Array): Search {
  const suffixes = sortSuffixes(before);
  const search: Search = { find, length: 0, position: 0 };
  return search;

  function find(at: number): void {
    let [low, high] = [0, suffixes.length - 1];
    // How many bytes the suffixes at both ends have in common with what is looked for.
    let [lowShared, highShared] = [0, 0];
    search.length = 0;
    search.position = 0;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const position = suffixes[middle] ?? 0;
      const most = Math.min(before.length - position, after.length - at);
      let shared = Math.min(lowShared, highShared);
      while (shared < most && before[position + shared] === after[at + shared]) shared += 1;
      if (shared > search.length) {
        search.length = shared;
        search.position = position;
      }
      if (at + shared === after.length) return;
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
