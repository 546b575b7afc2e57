const MIB = 1024 * 1024;

// Less than this is there before more connections have paid for themselves.
const WORTH_BYTES = 8 * MIB;
// What a shorter look shows is how connections begin, not how fast they are.
const MEASURED_MS = 2000;
// Bytes a millisecond. Above it is a line that one connection fills, or nearly.
const SLOW = 8000;
// Connections that share one bottleneck get a little more of it than one: that is not worth being a burden.
const FASTER = 1.3;

const SMALLEST_PART = MIB / 2;
const LARGEST_PART = 4 * MIB;
const FIRST_MS = 2000;

/** What came over a line, and how long somebody waited for it. */
export interface Measured {
  readonly bytes: number;
  /** Milliseconds; those in which nobody wanted anything of it do not count. */
  readonly waited: number;
}

export interface SplitFacts extends Measured {
  /** Bytes that are still to come. */
  readonly left: number;
  /** Whether the server may give a part of a blob. */
  readonly ranges: boolean;
}

/**
 * Whether a blob goes on over several connections: where one is slow, because the server or the way gives so much to
 * each. A line that was fast so far is measured anew, because some servers are generous only with the beginning.
 */
export function decideSplit({ bytes, waited, left, ranges }: SplitFacts): "go-on" | "measure-anew" | "split" {
  if (!ranges || left <= WORTH_BYTES || waited < MEASURED_MS) return "go-on";
  return bytes < SLOW * waited ? "split" : "measure-anew";
}

/** Bytes of what comes next. */
export interface Plan {
  /** What the first connection still brings: as it is handed out at once, it takes no memory. */
  readonly first: number;
  /** Each part behind it. */
  readonly part: number;
}

/**
 * The first connection goes on for two seconds, in which others get to where they bring something. Parts are no larger
 * than that either: what nobody can keep yet is not much to lose when the program is killed, and it soon shows whether
 * they help.
 */
export function planParts({ bytes, waited }: Measured): Plan {
  const soon = Math.max(SMALLEST_PART, Math.round((bytes / waited) * FIRST_MS));
  return { first: soon, part: Math.min(LARGEST_PART, soon) };
}

/** Whether several connections are so much faster than one that they may stay. */
export function isFaster(several: Measured, one: Measured): boolean {
  return several.bytes * one.waited >= FASTER * one.bytes * several.waited;
}
