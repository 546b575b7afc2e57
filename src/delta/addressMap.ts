import type { Copy } from "./copies.ts";
import type { Layout } from "./layout.ts";

const BUCKETS = 1 << 16;

/** Where what was at an address is now, as far as the copies tell. */
export class AddressMap {
  /** Ascending; each shift holds until the next begins. */
  readonly #starts: Float64Array;
  readonly #shifts: Float64Array;
  /** The start behind which each bucket of addresses begins. */
  readonly #buckets = new Int32Array(BUCKETS);
  readonly #bucketSize: number;
  #last = 0;

  constructor(copies: readonly Copy[], layout: Pick<Layout, "before" | "after" | "top">) {
    const parts = disjoint(copies).flatMap((copy) => place(copy, layout));
    parts.sort((a, b) => a.start - b.start);
    this.#starts = Float64Array.from(parts, ({ start }) => start);
    this.#shifts = Float64Array.from(parts, ({ shift }) => shift);
    this.#bucketSize = Math.ceil((layout.top + 1) / BUCKETS);
    for (let bucket = 0, index = 0; bucket < BUCKETS; bucket += 1) {
      while ((this.#starts[index + 1] ?? Infinity) <= bucket * this.#bucketSize) index += 1;
      this.#buckets[bucket] = index;
    }
  }

  /**
   * How far what is at an address went. Between what is known, and behind it, as far as what lies before.
   *
   * @param address from 0 to below the top.
   */
  shift(address: number): number {
    const starts = this.#starts;
    if (starts.length === 0) return 0;
    // Neighbours are asked for one after the other.
    const last = this.#last;
    if (!((starts[last] ?? 0) <= address && address < (starts[last + 1] ?? Infinity))) this.#last = this.#find(address);
    return this.#shifts[this.#last] ?? 0;
  }

  #find(address: number): number {
    const bucket = Math.floor(address / this.#bucketSize);
    let low = this.#buckets[bucket] ?? 0;
    let high = this.#buckets[bucket + 1] ?? this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] ?? 0) <= address) low = middle;
      else high = middle - 1;
    }
    return low;
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
