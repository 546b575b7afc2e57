import { AppError } from "../errors.ts";
import { type BitCoder, partOf, SMALLEST_RANGE, WHOLE_RANGE } from "./bitCoder.ts";

// An encoder leaves out zeros at the end; more than these were never written.
const SPARE_BYTES = 8;

/** Hears the bits of a delta. Range coding after G. N. N. Martin, "Range encoding", 1979, for bits. */
export class RangeDecoder implements BitCoder {
  readonly #bytes: Uint8Array;
  #position: number;
  #range = WHOLE_RANGE;
  #code = 0;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#position = position;
    for (let count = 0; count < 4; count += 1) this.#code = (this.#code << 8) | this.#next();
    // What an encoder says first is in its range.
    this.#code &= WHOLE_RANGE;
  }

  code(_bit: number, chance: number): number {
    const part = partOf(this.#range, chance);
    const bit = this.#code < part ? 1 : 0;
    if (bit === 1) this.#range = part;
    else {
      this.#code -= part;
      this.#range -= part;
    }
    while (this.#range < SMALLEST_RANGE) {
      this.#range <<= 8;
      this.#code = (this.#code << 8) | this.#next();
    }
    return bit;
  }

  /** @throws AppError `bad-data` when it has been asked for more than there is. */
  checkEnd(): void {
    if (this.#position > this.#bytes.length + SPARE_BYTES) throw new AppError("bad-data", "the delta ends too early");
  }

  #next(): number {
    const byte = this.#position < this.#bytes.length ? this.#bytes[this.#position] : 0;
    this.#position += 1;
    return byte ?? 0;
  }
}
