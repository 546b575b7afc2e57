import type { AddressMap } from "../addressMap.ts";
import type { Copy } from "../copies.ts";
import { type Base, DATA, type Layout } from "../layout.ts";
import { wordAt } from "../transcript.ts";

interface Question {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly copies: readonly Copy[];
  readonly layout: Layout;
  readonly map: AddressMap;
  /** What absolute addresses in the old file and the new count from. */
  readonly images: readonly [number, number];
}

interface Sample {
  readonly old: number;
  readonly distance: number;
}

const MOST = 12;
const SAMPLES = 8000;
// Large programs have millions of pointers; what many words count from is pointed to more than once, or begins a section.
const MOST_CANDIDATES = 100_000;
// Each candidate is tried on a few words at first, and the best of them on more.
const [FIRST_TRIED, THEN_TRIED, BEST] = [48, 400, 64];
// A base has to explain so much of what is left.
const WORTH = 0.01;
// Words at the beginning of a section that may say where its tables begin.
const HEADER_WORDS = 16;

/**
 * Finds what the numbers in tables count from: the image's base, sections, tables inside of sections, and whatever else
 * a pointer in the file leads to. Those that explain most of a sample of changed words win, one after the other.
 */
export function findBases(question: Question): Base[] {
  const { layout, map, images } = question;
  const options = [
    // Of an address that takes 64 bits, the lower half.
    { before: -images[0] | 0, after: -images[1] | 0 },
    ...findCandidates(question).map((address) => ({ before: address, after: address + map.shift(address) })),
  ];
  const isExplained = ({ before, after }: Base, { old, distance }: Sample): boolean => {
    const target = (before + old) | 0;
    return target >= 0 && target < layout.top && ((map.shift(target) + before - after) | 0) === distance;
  };
  const count = (base: Base, samples: readonly Sample[]): number =>
    samples.reduce((sum, sample) => sum + (isExplained(base, sample) ? 1 : 0), 0);

  let samples = sampleChanges(question);
  const bases: Base[] = [];
  while (bases.length < MOST && samples.length > 0) {
    const few = thin(samples, FIRST_TRIED);
    const best = options
      .map((base) => ({ base, explained: count(base, few) }))
      .filter(({ explained }) => explained > 0)
      .sort((a, b) => b.explained - a.explained)
      .slice(0, BEST);
    const tried = thin(samples, THEN_TRIED);
    const [found] = best
      .map(({ base }) => ({ base, explained: count(base, tried) }))
      .sort((a, b) => b.explained - a.explained);
    if (found === undefined || found.explained < Math.max(2, tried.length * WORTH)) break;
    bases.push(found.base);
    samples = samples.filter((sample) => !isExplained(found.base, sample));
  }
  return bases;
}

/** Addresses from which others may count. */
function findCandidates(question: Question): number[] {
  const sections = question.layout.before.map(({ address }) => address);
  const pointed = new Set(pointers(question));
  for (const address of sections) pointed.delete(address);
  return [...sections, ...thin([...pointed], MOST_CANDIDATES)];
}

/** So many at most, evenly from all. */
function thin<Item>(items: readonly Item[], most: number): Item[] {
  const step = Math.ceil(items.length / most);
  return items.filter((_, index) => index % step === 0);
}

/** Words of data that are not what they were, evenly from all of it. */
function sampleChanges({ before, after, copies, layout }: Question): Sample[] {
  const samples: Sample[] = [];
  const isData = (offset: number): boolean =>
    layout.code.every(({ start, end, kind }) => kind === DATA || offset < start || offset >= end);
  for (const { from, to, length } of copies) {
    for (let index = (4 - (from & 3)) & 3; index + 4 <= length; index += 4) {
      const old = wordAt(before, from + index);
      const distance = (wordAt(after, to + index) - old) | 0;
      if (distance !== 0 && isData(from + index)) samples.push({ old, distance });
    }
  }
  return thin(samples, SAMPLES);
}

/** Addresses that the old file has in its data, and offsets that sections begin with. */
function* pointers({ before, layout, images }: Question): Generator<number, void> {
  const view = new DataView(before.buffer, before.byteOffset, before.byteLength);
  const first = layout.before[0]?.address ?? 0;
  for (const { offset, size, address } of layout.before) {
    if (layout.code.some(({ start, end }) => offset >= start && offset < end)) continue;
    for (let at = 0; at + 8 <= size; at += 8) {
      const [low, high] = [view.getUint32(offset + at, true), view.getUint32(offset + at + 4, true)];
      const value = high * 0x100000000 + low;
      if (at < HEADER_WORDS * 8 && value > 0 && value < size) yield address + value;
      const target = value - images[0];
      if (target >= first && target < layout.top) yield target;
    }
  }
}
