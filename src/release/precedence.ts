import { SemVer } from "semver";

/** A version as it is compared; nearly all are three numbers, for which SemVer's parser is slow. */
export interface Rank {
  readonly version: string;
  /** Whether these three are all of it. */
  readonly plain: boolean;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Made when it is needed. */
  parsed?: SemVer;
}

const PLAIN = /^(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})$/;

/** Whether it is a version that consists of three numbers alone. */
export function isPlain(version: string): boolean {
  return PLAIN.test(version);
}

/** @param version SemVer 2.0. */
export function rankOf(version: string): Rank {
  const match = PLAIN.exec(version);
  if (match === null) return { version, plain: false, major: 0, minor: 0, patch: 0 };
  return { version, plain: true, major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

/** By SemVer precedence, and by build where that is equal. Below 0 where `a` is lower. */
export function compareRanks(a: Rank, b: Rank): number {
  if (a.plain && b.plain) return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
  const [left, right] = [parsedOf(a), parsedOf(b)];
  return left.compare(right) || left.compareBuild(right);
}

/**
 * Whether the three numbers that one tag or version begins with are lower than the other's: then it is lower itself,
 * and need not be parsed. Says anything of what is no version.
 */
export function hasLowerNumbers(text: string, other: string): boolean {
  let [at, otherAt] = [text.startsWith("v") ? 1 : 0, other.startsWith("v") ? 1 : 0];
  for (let number = 0; number < 3; number += 1) {
    const [end, otherEnd] = [endOfNumber(text, at), endOfNumber(other, otherAt)];
    if (end - at !== otherEnd - otherAt) return end - at < otherEnd - otherAt;
    for (; at < end; at += 1, otherAt += 1) {
      const difference = text.charCodeAt(at) - other.charCodeAt(otherAt);
      if (difference !== 0) return difference < 0;
    }
    at += 1;
    otherAt += 1;
  }
  return false;
}

function endOfNumber(text: string, start: number): number {
  let end = start;
  while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end += 1;
  return end;
}

function parsedOf(rank: Rank): SemVer {
  return (rank.parsed ??= new SemVer(rank.version));
}
