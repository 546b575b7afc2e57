import type { AddressMap } from "./addressMap.ts";
import type { ReferenceTeller } from "./code.ts";
import { REFERENCES } from "./predictor.ts";
import { putWord, spread, SPREAD, type Transcript, wordAt } from "./transcript.ts";

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

/** The four bytes that lead to another target. */
export type Encode = (reference: Reference, target: number) => number;

/**
 * Tells what references have become: by the map of what moved, or, where that is known better, by where others went that
 * led to the same target or one close by.
 */
export class References implements ReferenceTeller {
  readonly #transcript: Transcript;
  readonly #map: AddressMap;
  /** A target and how far it went, side by side; and how far the last one of a neighbourhood went. */
  readonly #known = new Float64Array(SPREAD * 2).fill(-1);
  readonly #nearby = new Float64Array(SPREAD).fill(Number.NaN);
  #misses = 0;

  constructor(transcript: Transcript, map: AddressMap) {
    this.#transcript = transcript;
    this.#map = map;
  }

  tell(reference: Reference, encode: Encode): boolean {
    const { after, hearing } = this.#transcript;
    const { at, old, target, kind } = reference;
    const exact = spread(target) * 2;
    const mapped = this.#map.shift(target);
    const known = this.#known[exact] === target;
    const learned = known ? (this.#known[exact + 1] ?? 0) : mapped;
    const neighbour = this.#nearby[spread(target / 128)] ?? 0;
    const met = !Number.isNaN(neighbour);
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
    if (this.#is(0, first === actual, agreement, misses, reference)) return this.#settle(reference, first, learned);
    this.#misses |= 1;
    const second = encode(reference, target + (known ? mapped : nearby));
    if (second !== first && (known || met) && this.#is(1, second === actual, agreement, misses, reference)) {
      return this.#settle(reference, second, known ? mapped : nearby);
    }
    const third = encode(reference, target + nearby);
    if (
      known &&
      met &&
      third !== first &&
      third !== second &&
      this.#is(2, third === actual, agreement, misses, reference)
    ) {
      return this.#settle(reference, third, nearby);
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

  #settle({ at, target }: Reference, word: number, shift: number): true {
    if (this.#transcript.hearing) putWord(this.#transcript.after, at, word);
    const exact = spread(target) * 2;
    this.#known[exact] = target;
    this.#known[exact + 1] = shift;
    this.#nearby[spread(target / 128)] = shift;
    return true;
  }
}
