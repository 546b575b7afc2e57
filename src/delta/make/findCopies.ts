import { openBlockSearch } from "./blockSearch.ts";
import { type Copy, SHORTEST_COPY } from "../copies.ts";
import { openSuffixSearch, type Search } from "./suffixSearch.ts";

// A match has to be so much better than what the stretch before would go on with.
const GAIN = 8;
// A stretch goes on as long as every second byte is as it was.
const WORTH = 2;
// Sorting more would take minutes.
const MAX_SORTED_BYTES = 40 * 1024 * 1024;

interface Anchor {
  readonly from: number;
  readonly to: number;
}

/**
 * Finds what to make new content from, after Colin Percival, "Naive differences of executable code" (2003): exact matches
 * are looked for in the old content, and each goes on in both directions as long as enough bytes agree.
 *
 * @returns copies in the order of the new content, without overlaps there; what lies between is new.
 */
export function findCopies(before: Uint8Array, after: Uint8Array): Copy[] {
  const prefix = countPrefix(before, after);
  const suffix = countSuffix(before, after, prefix);
  const end: Anchor = { from: before.length - suffix, to: after.length - suffix };
  const copies: Copy[] = [];
  const add = (from: number, to: number, length: number): void => {
    if (length >= SHORTEST_COPY) copies.push({ from, to, length });
  };
  if (prefix === after.length)
    return [{ from: 0, to: 0, length: prefix }].filter(({ length }) => length >= SHORTEST_COPY);

  const search = openSearch(before, after);
  // Where the stretch that is being made begins.
  let begin: Anchor = { from: 0, to: 0 };
  for (let scan = prefix; ;) {
    scan = findNext(before, after, { search, begin, scan, end: end.to });
    const isEnd = scan >= end.to;
    const next = isEnd ? end : { from: search.position, to: scan };
    const [kept, taken] = meet(before, after, begin, next);
    add(begin.from, begin.to, kept);
    begin = { from: next.from - taken, to: next.to - taken };
    if (isEnd) {
      add(begin.from, begin.to, suffix + taken);
      return copies;
    }
    scan += search.length;
  }
}

function openSearch(before: Uint8Array, after: Uint8Array): Search {
  return before.length <= MAX_SORTED_BYTES ? openSuffixSearch(before, after) : openBlockSearch(before, after);
}

/** @returns where a match begins that is better than the stretch at hand; `end` or beyond if nowhere. */
function findNext(
  before: Uint8Array,
  after: Uint8Array,
  { search, begin, scan: start, end }: { search: Search; begin: Anchor; scan: number; end: number },
): number {
  const offset = begin.from - begin.to;
  const agrees = (at: number): number => (before[at + offset] === after[at] ? 1 : 0);
  for (let scan = start; scan < end; scan += search.length) {
    // How many bytes of the match the stretch at hand has right too.
    let agreed = 0;
    let isBetter = false;
    for (let counted = scan; scan < end; scan += 1) {
      search.find(scan);
      for (; counted < scan + search.length; counted += 1) agreed += agrees(counted);
      isBetter = search.length > agreed + GAIN;
      if (isBetter || (search.length === agreed && search.length > 0)) break;
      if (counted > scan) agreed -= agrees(scan);
      else counted = scan + 1;
    }
    if (isBetter) return scan;
    if (scan >= end) break;
  }
  return end;
}

/**
 * Where one stretch ends and the next begins: each goes on towards the other, and what both want is given to whom it
 * suits better. @returns their lengths up to there.
 */
function meet(before: Uint8Array, after: Uint8Array, begin: Anchor, next: Anchor): [number, number] {
  const forward = countForward(before, after, begin, next.to);
  const backward = countBackward(before, after, next, begin.to);
  const overlap = begin.to + forward - (next.to - backward);
  if (overlap <= 0) return [forward, backward];
  let [lead, best, kept] = [0, 0, 0];
  for (let at = 0; at < overlap; at += 1) {
    const to = next.to - backward + at;
    if (after[to] === before[begin.from - begin.to + to]) lead += 1;
    if (after[to] === before[next.from - backward + at]) lead -= 1;
    if (lead > best) [best, kept] = [lead, at + 1];
  }
  return [forward + kept - overlap, backward - kept];
}

function countForward(before: Uint8Array, after: Uint8Array, { from, to }: Anchor, end: number): number {
  let [worth, best, length] = [0, 0, 0];
  for (let at = 0; to + at < end && from + at < before.length;) {
    worth += before[from + at] === after[to + at] ? WORTH - 1 : -1;
    at += 1;
    if (worth > best) [best, length] = [worth, at];
  }
  return length;
}

function countBackward(before: Uint8Array, after: Uint8Array, { from, to }: Anchor, start: number): number {
  let [worth, best, length] = [0, 0, 0];
  for (let at = 1; to - at >= start && from >= at; at += 1) {
    worth += before[from - at] === after[to - at] ? WORTH - 1 : -1;
    if (worth > best) [best, length] = [worth, at];
  }
  return length;
}

function countPrefix(before: Uint8Array, after: Uint8Array): number {
  const most = Math.min(before.length, after.length);
  let length = 0;
  while (length < most && before[length] === after[length]) length += 1;
  return length;
}

function countSuffix(before: Uint8Array, after: Uint8Array, prefix: number): number {
  const most = Math.min(before.length, after.length) - prefix;
  let length = 0;
  while (length < most && before[before.length - 1 - length] === after[after.length - 1 - length]) length += 1;
  return length;
}
