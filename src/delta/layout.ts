/** A part of an executable as it lies in memory. Addresses count from the image's base. */
export interface Segment {
  /** Where it lies in the file, bytes. */
  readonly offset: number;
  readonly size: number;
  readonly address: number;
}

/** How a part of the old content is looked at. */
export const DATA = 0;
export const X64 = 1;
export const ARM64 = 2;
export type Kind = typeof DATA | typeof X64 | typeof ARM64;

/** Machine code in the old content, by offsets. */
export interface Code {
  readonly start: number;
  readonly end: number;
  readonly kind: Kind;
}

/** What numbers in data count from: its address then and now, modulo 2^32. */
export interface Base {
  readonly before: number;
  readonly after: number;
}

/** What a delta says of the two executables. All that an applier knows of formats; for other content it is empty. */
export interface Layout {
  /** Of the old and the new content; ascending. */
  readonly before: readonly Segment[];
  readonly after: readonly Segment[];
  /** Ascending, without overlaps. What is not in it is data. */
  readonly code: readonly Code[];
  /** Addresses are below it. */
  readonly top: number;
  readonly bases: readonly Base[];
}

export const MAX_SEGMENTS = 64;
export const MAX_BASES = 16;
/** Offsets, addresses and sizes are below this: whatever is computed with them fits into 32 bits with a sign. */
export const MAX_ADDRESS = 2 ** 31;

export const PLAIN: Layout = { before: [], after: [], code: [], top: 0, bases: [] };

/** The address of what lies at an offset; the offset itself where nobody knows. */
export function addressOf(segments: readonly Segment[], offset: number): number {
  for (const segment of segments) {
    if (offset >= segment.offset && offset < segment.offset + segment.size) {
      return offset - segment.offset + segment.address;
    }
  }
  return offset;
}
