import { type Copy, SHORTEST_COPY } from "./copies.ts";
import { openSearch } from "./longestMatch.ts";

// A match has to be so much better than what the stretch before would go on with.
const GAIN = 8;

/**
 * Finds what to make new content from, after Colin Percival, "Naive differences of executable code" (2003): exact matches
 * are looked for in the old content, and each goes on in both directions as long as most bytes agree.
 *
 * @returns copies in the order of the new content, without overlaps there; what lies between is new.
 */
export function findCopies(before: Uint8Array, after: Uint8Array): Copy[] {
  const search = openSearch(before, after);
  const copies: Copy[] = [];
  // Where the stretch that is being made begins, in the new content and the old.
  let [start, from] = [0, 0];
  let scan = 0;
  for (;;) {
    // How many bytes of the match the stretch before would have right too.
    let agreed = 0;
    const offset = from - start;
    const agrees = (at: number): number => (before[at + offset] === after[at] ? 1 : 0);
    for (let counted = scan; scan < after.length; scan += 1) {
      search.find(scan);
      for (; counted < scan + search.length; counted += 1) agreed += agrees(counted);
      if ((search.length === agreed && search.length > 0) || search.length > agreed + GAIN) break;
      agreed -= agrees(scan);
    }
    const isEnd = scan >= after.length;
    if (!isEnd && search.length === agreed) {
      scan += search.length;
      continue;
    }
    const next = isEnd ? { to: after.length, from: 0 } : { to: scan, from: search.position };
    const forward = countForward(before, after, { from, to: start, end: next.to });
    const backward = isEnd ? 0 : countBackward(before, after, { ...next, start });
    const [kept, taken] = meet(before, after, { from, start, forward, next, backward });
    if (kept >= SHORTEST_COPY) copies.push({ from, to: start, length: kept });
    start = next.to - taken;
    from = next.from - taken;
    if (isEnd) return copies;
    scan += search.length;
  }
}

/** How long a stretch goes on until fewer of its bytes agree than not. */
function countForward(
  before: Uint8Array,
  after: Uint8Array,
  { from, to, end }: { from: number; to: number; end: number },
): number {
  let [agreed, best, length] = [0, 0, 0];
  for (let at = 0; to + at < end && from + at < before.length;) {
    if (before[from + at] === after[to + at]) agreed += 1;
    at += 1;
    if (agreed * 2 - at > best * 2 - length) [best, length] = [agreed, at];
  }
  return length;
}

function countBackward(
  before: Uint8Array,
  after: Uint8Array,
  { from, to, start }: { from: number; to: number; start: number },
): number {
  let [agreed, best, length] = [0, 0, 0];
  for (let at = 1; to - at >= start && from >= at; at += 1) {
    if (before[from - at] === after[to - at]) agreed += 1;
    if (agreed * 2 - at > best * 2 - length) [best, length] = [agreed, at];
  }
  return length;
}

interface Meeting {
  readonly from: number;
  readonly start: number;
  readonly forward: number;
  readonly next: { readonly to: number; readonly from: number };
  readonly backward: number;
}

/** Where a stretch ends and the next begins, if both want the same bytes. @returns their lengths up to there. */
function meet(
  before: Uint8Array,
  after: Uint8Array,
  { from, start, forward, next, backward }: Meeting,
): [number, number] {
  const overlap = start + forward - (next.to - backward);
  if (overlap <= 0) return [forward, backward];
  let [lead, best, kept] = [0, 0, 0];
  for (let at = 0; at < overlap; at += 1) {
    const to = next.to - backward + at;
    if (after[to] === before[from - start + to]) lead += 1;
    if (after[to] === before[next.from - backward + at]) lead -= 1;
    if (lead > best) [best, kept] = [lead, at + 1];
  }
  return [forward + kept - overlap, backward - kept];
}
