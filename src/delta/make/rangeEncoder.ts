import { type BitCoder, partOf, SMALLEST_RANGE, WHOLE_RANGE } from "../bitCoder.ts";

const TWO_TO_32 = 0x100000000;

/** Says the bits of a delta: the other end of {@link RangeDecoder}. */
export class RangeEncoder implements BitCoder {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  // Below 2^33: a carry is what is above 2^32.
  #low = 0;
  #range = WHOLE_RANGE;
  // The last byte that is not final, and how many 0xff stand behind it, which a carry would turn over.
  #held: number | undefined;
  #waiting = 0;

  code(bit: number, chance: number): number {
    const part = partOf(this.#range, chance);
    if (bit === 1) this.#range = part;
    else {
      this.#low += part;
      this.#range -= part;
    }
    while (this.#range < SMALLEST_RANGE) {
      this.#range <<= 8;
      this.#shift();
    }
    return bit;
  }

  /** Everything that was said, without the zeros at its end. */
  finish(): Uint8Array {
    for (let count = 0; count < 5; count += 1) this.#shift();
    let end = this.#length;
    while (end > 0 && this.#bytes[end - 1] === 0) end -= 1;
    return this.#bytes.slice(0, end);
  }

  #shift(): void {
    if (this.#low < 0xff000000 || this.#low >= TWO_TO_32) {
      const carry = this.#low >= TWO_TO_32 ? 1 : 0;
      if (this.#held !== undefined) this.#put(this.#held + carry);
      for (; this.#waiting > 0; this.#waiting -= 1) this.#put(0xff + carry);
      this.#held = (this.#low >>> 24) & 0xff;
    } else this.#waiting += 1;
    this.#low = (this.#low * 256) % TWO_TO_32;
  }

  #put(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }
}
