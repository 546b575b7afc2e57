import type { Copy } from "./copies.ts";
import { type Layout, MAX_ADDRESS } from "./layout.ts";

const MOST_BUCKET_BITS = 16;

/** Where what was at an address is now, as far as the copies tell. */
export class AddressMap {
  /** Ascending starts, each with the shift that holds until the next begins; the last of them is behind all addresses. */
  readonly #parts: Int32Array;
  /** The start behind which each bucket of addresses begins. */
  readonly #buckets: Int32Array;
  readonly #bucketBits: number;
  /** What was asked for last: from where up to where it holds. */
  #low = 0;
  #high = 0;
  #shift = 0;

  constructor(copies: readonly Copy[], layout: Pick<Layout, "before" | "after" | "top">) {
    const parts = disjoint(copies).flatMap((copy) => place(copy, layout));
    parts.sort((a, b) => a.start - b.start);
    if (parts.length === 0) parts.push({ start: 0, shift: 0 });
    const last = parts.length;
    this.#parts = new Int32Array(last * 2 + 2).fill(MAX_ADDRESS - 1);
    for (const [index, { start, shift }] of parts.entries()) {
      this.#parts[index * 2] = start;
      this.#parts[index * 2 + 1] = shift;
    }
    // About as many as there are parts.
    const bits = Math.min(MOST_BUCKET_BITS, 32 - Math.clz32(last));
    this.#bucketBits = Math.max(0, 32 - Math.clz32(layout.top) - bits);
    this.#buckets = new Int32Array((1 << bits) + 1).fill(last - 1);
    for (let bucket = 0, index = 0; bucket < 1 << bits; bucket += 1) {
      while (index + 1 < last && (this.#parts[index * 2 + 2] ?? 0) <= bucket << this.#bucketBits) index += 1;
      this.#buckets[bucket] = index;
    }
  }

  /**
   * How far what is at an address went. Between what is known, and behind it, as far as what lies before.
   *
   * @param address from 0 to below the top.
   */
  shift(address: number): number {
    // Neighbours are asked for one after the other.
    if (address < this.#low || address >= this.#high) this.#find(address);
    return this.#shift;
  }

  #find(address: number): void {
    const parts = this.#parts;
    const bucket = address >>> this.#bucketBits;
    let low = this.#buckets[bucket] ?? 0;
    let high = this.#buckets[bucket + 1] ?? 0;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((parts[middle * 2] ?? 0) <= address) low = middle;
      else high = middle - 1;
    }
    this.#low = low === 0 ? 0 : (parts[low * 2] ?? 0);
    this.#shift = parts[low * 2 + 1] ?? 0;
    this.#high = parts[low * 2 + 2] ?? 0;
  }
}

/** Where copies share old content, the longer one has it. */
function disjoint(copies: readonly Copy[]): Copy[] {
  const sorted = copies.toSorted((a, b) => a.from - b.from || b.length - a.length || a.to - b.to);
  const result: Copy[] = [];
  for (const copy of sorted) {
    const last = result.at(-1);
    const end = last === undefined ? 0 : last.from + last.length;
    if (last === undefined || copy.from >= end) result.push(copy);
    else if (copy.length > last.length) {
      result.pop();
      if (copy.from > last.from) result.push({ ...last, length: copy.from - last.from });
      result.push(copy);
    } else if (copy.from + copy.length > end) {
      const cut = end - copy.from;
      result.push({ from: end, to: copy.to + cut, length: copy.length - cut });
    }
  }
  return result;
}

/** A copy's parts in the segments, by their addresses. */
function place({ from, to, length }: Copy, { before, after }: Pick<Layout, "before" | "after">) {
  const parts: { start: number; shift: number }[] = [];
  for (const old of before) {
    const start = Math.max(from, old.offset);
    if (start >= Math.min(from + length, old.offset + old.size)) continue;
    const moved = start - from + to;
    const now = after.find(({ offset, size }) => moved >= offset && moved < offset + size);
    if (now === undefined) continue;
    const address = start - old.offset + old.address;
    parts.push({ start: address, shift: moved - now.offset + now.address - address });
  }
  return parts;
}
