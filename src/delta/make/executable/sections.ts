import { type Code, type Kind, MAX_ADDRESS, MAX_SEGMENTS, type Segment } from "../../layout.ts";

/** An executable as it lies in memory, for whoever makes a delta. Ascending in the file. */
export interface Executable {
  readonly segments: readonly Segment[];
  readonly code: readonly Code[];
  /** Addresses are below it. */
  readonly top: number;
  /** What is added to an address where the file has it whole. */
  readonly base: number;
}

/** A section of an executable, in the words of none of the formats. */
export interface Section extends Segment {
  /** Bytes in memory. */
  readonly extent: number;
  readonly isCode: boolean;
}

/** @returns undefined where the sections are not as an executable has them. */
export function fromSections(
  sections: readonly Section[],
  { kind, base, size }: { readonly kind: Kind; readonly base: number; readonly size: number },
): Executable | undefined {
  const top = Math.max(0, ...sections.map(({ address, extent }) => address + extent));
  const stored = sections
    .filter((section) => section.size > 0 && section.address >= 0 && section.offset + section.size <= size)
    .sort((a, b) => a.offset - b.offset)
    .filter(({ offset }, index, all) => index === 0 || offset >= endOf(all[index - 1]));
  if (stored.length === 0 || stored.length > MAX_SEGMENTS || !(Math.max(top, size) < MAX_ADDRESS)) return undefined;
  return {
    segments: stored.map(({ offset, size, address }) => ({ offset, size, address })),
    code: stored.flatMap(({ offset, size, isCode }) => (isCode ? [{ start: offset, end: offset + size, kind }] : [])),
    top,
    base,
  };
}

function endOf(section: Segment | undefined): number {
  return section === undefined ? 0 : section.offset + section.size;
}
