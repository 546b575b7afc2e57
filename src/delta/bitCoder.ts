/** Says one bit, or hears it: the same model of the content makes a delta and reads it. */
export interface BitCoder {
  /**
   * @param bit what is to be said; whoever hears ignores it.
   * @param chance that it is 1, in 65,536ths, from 1 to 65,535.
   * @returns the bit.
   */
  code(bit: number, chance: number): number;
}

// Ranges have 31 bits: V8 makes an object of each number that has more, until a function is optimized.
/** A range that is smaller gives a byte away. */
export const SMALLEST_RANGE = 0x800000;
export const WHOLE_RANGE = 0x7fffffff;

/** Of a range, what stands for a 1. */
export function partOf(range: number, chance: number): number {
  return Math.imul(range >>> 15, chance) >>> 1;
}
