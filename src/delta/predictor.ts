import type { BitCoder } from "./bitCoder.ts";

// Chances are learned for each context, brought together by a mixer that learns whom to believe, and refined: as in
// M. Mahoney, "Adaptive weighing of context models for lossless data compression", 2005. In whole numbers, and in
// doubles by operations that IEEE 754 fixes: every computer must come to the same chances.

// The logistic function and its inverse: x is in 256ths, from -2047 to 2047; chances are in 65,536ths.
const LIMIT = 2047;
const SQUASH = new Uint16Array(LIMIT * 2 + 1);
const STRETCH = new Int16Array(4096);

const E_TO_1_256 = 1.0039138893383475;
{
  let power = 1;
  for (let x = 0; x <= LIMIT; x += 1) {
    const chance = Math.round((65536 * power) / (1 + power));
    SQUASH[LIMIT + x] = Math.min(chance, 65535);
    SQUASH[LIMIT - x] = Math.max(65536 - chance, 1);
    power *= E_TO_1_256;
  }
  let x = -LIMIT;
  for (let index = 0; index < 4096; index += 1) {
    while (x < LIMIT && (SQUASH[LIMIT + x] ?? 0) < index * 16 + 8) x += 1;
    STRETCH[index] = x;
  }
}

const CONTEXT_BITS = 16;
const CONTEXTS = 1 << CONTEXT_BITS;
// Whom the mixer believes is learned for each kind of bit apart. Each has as many numbers as it needs from here on.
export const PIECES = 0;
export const BLOCKS = 4;
export const BYTES = 16;
export const WORDS = 48;
export const TRIALS = 64;
export const REFERENCES = 96;
/** How many sets of weights there are. */
const SELECTORS = 128;

// A context learns fast at first, and more slowly the more it has seen: 32,768ths of the distance.
const MOST_SEEN = 255;
const RATES = Int32Array.from({ length: MOST_SEEN + 1 }, (_, seen) => Math.floor(32768 / (seen + 1.6)));

// What a context has learned, in one number: a chance in 2^22ths, and below it how often it was seen.
const SEEN_BITS = 10;
const UNDECIDED = 1 << 31;

// Within this many 4096ths of never or always, a context is sure.
const SURE = 64;
// The least chance that is coded, in 65,536ths.
const LEAST = 16;

// Weights are in 65,536ths; within this, sums of three products fit into 32 bits.
const HEAVIEST = 1 << 18;
const FIRST_WEIGHT = 26_000;

/** Codes bits, each with what three contexts know of it. */
export class Predictor {
  /** How many bits it has coded: what a delta costs whoever applies it. */
  calls = 0;
  readonly #coder: BitCoder;
  readonly #contexts = new Int32Array(CONTEXTS * 3).fill(UNDECIDED);
  readonly #weights = new Int32Array(SELECTORS * 3).fill(FIRST_WEIGHT);

  constructor(coder: BitCoder) {
    this.#coder = coder;
  }

  /**
   * @param select whom the mixer believes is learned for each of these apart.
   * @param first any numbers, as the others: those of one kind of bit should not meet those of another. Where it is sure of
   *   the bit, as it is of most, it is believed alone, and the others are not even looked up.
   */
  code(bit: number, select: number, first: number, second: number, third: number): number {
    this.calls += 1;
    const contexts = this.#contexts;
    const a = slot(first);
    const stateA = contexts[a] ?? 0;
    if ((((stateA >>> 20) + SURE) & 4095) < SURE * 2) {
      const sure = stateA >>> 16;
      const heard = this.#coder.code(bit, sure < LEAST ? LEAST : sure);
      contexts[a] = learn(stateA, heard);
      return heard;
    }
    const weights = this.#weights;
    const b = slot(second) + CONTEXTS;
    const c = slot(third) + CONTEXTS * 2;
    const stateB = contexts[b] ?? 0;
    const stateC = contexts[c] ?? 0;
    const x = STRETCH[stateA >>> 20] ?? 0;
    const y = STRETCH[stateB >>> 20] ?? 0;
    const z = STRETCH[stateC >>> 20] ?? 0;
    const w = select * 3;
    const weightA = weights[w] ?? 0;
    const weightB = weights[w + 1] ?? 0;
    const weightC = weights[w + 2] ?? 0;
    let odds = (x * weightA + y * weightB + z * weightC) >> 16;
    if (odds > LIMIT) odds = LIMIT;
    else if (odds < -LIMIT) odds = -LIMIT;
    const chance = SQUASH[LIMIT + odds] ?? 0;
    const heard = this.#coder.code(bit, chance);
    const error = (heard === 1 ? 65535 : 0) - chance;
    weights[w] = within(weightA + ((x * error) >> 17));
    weights[w + 1] = within(weightB + ((y * error) >> 17));
    weights[w + 2] = within(weightC + ((z * error) >> 17));
    contexts[a] = learn(stateA, heard);
    contexts[b] = learn(stateB, heard);
    contexts[c] = learn(stateC, heard);
    return heard;
  }
}

function within(weight: number): number {
  return weight > HEAVIEST ? HEAVIEST : weight < -HEAVIEST ? -HEAVIEST : weight;
}

function learn(state: number, bit: number): number {
  const seen = state & 0x3ff;
  // 16 bits of the chance are enough for a step.
  const distance = (bit === 1 ? 65535 : 0) - (state >>> 16);
  const step = Math.imul(distance, RATES[seen] ?? 0) >> 9;
  const chance = (state >>> SEEN_BITS) + step;
  return (chance << SEEN_BITS) | (seen < MOST_SEEN ? seen + 1 : seen);
}

/** Contexts that differ in their last four bits alone lie side by side: one line of the processor's cache has them. */
function slot(context: number): number {
  return (Math.imul(context >>> 4, 0x9e3779b1) >>> (32 - CONTEXT_BITS)) ^ (context & 15);
}
