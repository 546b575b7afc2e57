import type { AddressMap } from "./addressMap.ts";
import type { ReferenceTeller } from "./code.ts";
import { REFERENCES } from "./predictor.ts";
import { putWord, spread, type Transcript, wordAt } from "./transcript.ts";

/** What an instruction refers to, as the old content has it. */
export interface Reference {
  /** Offset of its four bytes in the new content. */
  at: number;
  /** The four bytes as they were. */
  old: number;
  /** The address that they lead to. */
  target: number;
  /** Kinds of instructions are learned apart: from 0 to 7, and what tells more of them. */
  kind: number;
  detail: number;
}

// More places are not better, and a processor's nearest caches do not hold them.
const PLACE_BITS = 14;
const PLACES = 1 << PLACE_BITS;
// Nothing goes so far.
const UNMET = -(2 ** 31);

/** The four bytes that lead to another target. */
export type Encode = (reference: Reference, target: number) => number;

/**
 * Tells what references have become: by the map of what moved, or, where that is known better, by where others went that
 * led to the same target or one close by.
 */
export class References implements ReferenceTeller {
  readonly #transcript: Transcript;
  readonly #map: AddressMap;
  /** A target, how far it went, and how far by the map, side by side. */
  readonly #known = new Int32Array(PLACES * 4).fill(-1);
  /** How far the last one of a neighbourhood went. */
  readonly #nearby = new Int32Array(PLACES).fill(UNMET);
  #misses = 0;

  constructor(transcript: Transcript, map: AddressMap) {
    this.#transcript = transcript;
    this.#map = map;
  }

  tell(reference: Reference, encode: Encode): boolean {
    const { after, hearing } = this.#transcript;
    const { at, old, target, kind } = reference;
    const exact = placeOf(target) * 4;
    const known = this.#known[exact] === target;
    const mapped = known ? (this.#known[exact + 2] ?? 0) : this.#map.shift(target);
    const learned = known ? (this.#known[exact + 1] ?? 0) : mapped;
    const neighbour = this.#nearby[placeOf(target >>> 7)] ?? 0;
    const met = neighbour !== UNMET;
    const nearby = met ? neighbour : 0;

    const actual = hearing ? 0 : wordAt(after, at);
    const first = encode(reference, target + learned);
    const agreement =
      (known ? 1 : 0) |
      (learned === mapped ? 2 : 0) |
      (nearby === mapped ? 4 : 0) |
      (met ? 8 : 0) |
      (first === old ? 16 : 0) |
      (kind << 5);
    const misses = this.#misses & 0xff;
    this.#misses <<= 1;
    if (this.#is(0, first === actual, agreement, misses, reference))
      return this.#settle(reference, first, learned, mapped);
    this.#misses |= 1;
    const second = encode(reference, target + (known ? mapped : nearby));
    if (second !== first && (known || met) && this.#is(1, second === actual, agreement, misses, reference)) {
      return this.#settle(reference, second, known ? mapped : nearby, mapped);
    }
    const third = encode(reference, target + nearby);
    if (
      known &&
      met &&
      third !== first &&
      third !== second &&
      this.#is(2, third === actual, agreement, misses, reference)
    ) {
      return this.#settle(reference, third, nearby, mapped);
    }
    if (old === first || !this.#is(3, old === actual, agreement, misses, reference)) return false;
    if (hearing) putWord(after, at, old);
    return true;
  }

  #is(step: number, said: boolean, agreement: number, misses: number, { kind, detail }: Reference): boolean {
    const first = ((0x20 | step) << 24) + (agreement << 8);
    const second = first + 0x10000 + (detail << 4);
    const { predictor } = this.#transcript;
    return predictor.code(said ? 1 : 0, REFERENCES + step * 8 + kind, first, first | misses, second) === 1;
  }

  #settle({ at, target }: Reference, word: number, shift: number, mapped: number): true {
    if (this.#transcript.hearing) putWord(this.#transcript.after, at, word);
    const exact = placeOf(target) * 4;
    this.#known[exact] = target;
    this.#known[exact + 1] = shift;
    this.#known[exact + 2] = mapped;
    this.#nearby[placeOf(target >>> 7)] = shift;
    return true;
  }
}

function placeOf(value: number): number {
  return spread(value) >>> (16 - PLACE_BITS);
}
