/** Says one bit, or hears it: the same model of the content makes a delta and reads it. */
export interface BitCoder {
  /**
   * @param bit what is to be said; whoever hears ignores it.
   * @param chance that it is 1, in 65,536ths, from 1 to 65,535.
   * @returns the bit.
   */
  code(bit: number, chance: number): number;
}

/** A range that is smaller gives a byte away. */
export const SMALLEST_RANGE = 0x1000000;
export const WHOLE_RANGE = 0xffffffff;

/** Of a range of 32 bits, what stands for a 1. */
export function partOf(range: number, chance: number): number {
  return (range >>> 16) * chance;
}
