import { AppError } from "../errors.ts";

/** Bytes that are told one after the other and compressed all together. */
export class ByteStream {
  #bytes: Uint8Array;
  #length: number;
  #position = 0;

  /** @param heard what is to be heard; nothing for who says it. */
  constructor(heard: Uint8Array = new Uint8Array()) {
    this.#bytes = heard;
    this.#length = heard.length;
  }

  say(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(Math.max(1024, this.#length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  /** @throws AppError `bad-data` behind the end. */
  hear(): number {
    if (this.#position >= this.#length) throw new AppError("bad-data", "the delta ends too early");
    this.#position += 1;
    return this.#bytes[this.#position - 1] ?? 0;
  }

  sayAll(bytes: Uint8Array): void {
    for (const byte of bytes) this.say(byte);
  }

  /** @throws AppError `bad-data` where there are not so many. */
  hearAll(count: number): Uint8Array {
    if (count > this.#length - this.#position) throw new AppError("bad-data", "the delta ends too early");
    this.#position += count;
    return this.#bytes.subarray(this.#position - count, this.#position);
  }

  /** How much has been heard. */
  get position(): number {
    return this.#position;
  }

  /** All that was said. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
