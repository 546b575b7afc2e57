/**
 * The suffixes of a text in the order of their bytes, by induced sorting (Nong, Zhang and Chan, "Two Efficient Algorithms
 * for Linear Time Suffix Array Construction", 2011): time and memory grow with the text alone.
 *
 * @returns the positions at which they begin. Four bytes of memory for each byte, and about as much while it works.
 */
export function sortSuffixes(text: Uint8Array): Int32Array {
  const sorted = new Int32Array(text.length);
  if (text.length > 0) new InducedSort(text, sorted, 256).run();
  return sorted;
}

type Text = Uint8Array | Int32Array;

/** A suffix is small if the one that follows it is larger; leftmost small if the one before it is not small. */
class InducedSort {
  readonly #text: Text;
  readonly #sorted: Int32Array;
  readonly #length: number;
  /** A bit for each suffix: whether it is small. */
  readonly #small: Uint8Array;
  /** How many suffixes begin with each symbol. */
  readonly #sizes: Int32Array;
  /** For each symbol, the next place for a suffix that begins with it. */
  readonly #places: Int32Array;

  /** @param alphabet symbols are below it. */
  constructor(text: Text, sorted: Int32Array, alphabet: number) {
    this.#text = text;
    this.#sorted = sorted;
    this.#length = text.length;
    this.#small = classify(text);
    this.#sizes = new Int32Array(alphabet);
    this.#places = new Int32Array(alphabet);
    for (const symbol of text) this.#sizes[symbol] = (this.#sizes[symbol] ?? 0) + 1;
  }

  run(): void {
    const sorted = this.#sorted;
    sorted.fill(-1);
    this.#beginAtEnds();
    for (let at = this.#length - 1; at > 0; at -= 1) if (this.#isLeftmost(at)) this.#putLast(at);
    this.#induce();

    let count = 0;
    for (let index = 0; index < this.#length; index += 1) {
      const at = sorted[index] ?? 0;
      if (this.#isLeftmost(at)) sorted[count++] = at;
    }
    const order = this.#sortLeftmost(count);
    sorted.fill(-1, count);
    this.#beginAtEnds();
    for (let index = count - 1; index >= 0; index -= 1) {
      const at = order[index] ?? 0;
      sorted[index] = -1;
      this.#putLast(at);
    }
    this.#induce();
  }

  /** @param count leftmost suffixes, which stand at the beginning, in the order of the pieces up to the next ones. */
  #sortLeftmost(count: number): Int32Array {
    const sorted = this.#sorted;
    // Names of the pieces, where there is room: no two leftmost suffixes stand side by side.
    sorted.fill(-1, count);
    let names = 0;
    for (let index = 0; index < count; index += 1) {
      const at = sorted[index] ?? 0;
      if (index === 0 || !this.#isSamePiece(sorted[index - 1] ?? 0, at)) names += 1;
      sorted[count + (at >> 1)] = names - 1;
    }
    let end = this.#length;
    for (let index = this.#length - 1; index >= count; index -= 1) {
      const name = sorted[index] ?? 0;
      if (name >= 0) sorted[--end] = name;
    }
    const reduced = sorted.subarray(end);
    const order = sorted.subarray(0, count);
    if (names < count) new InducedSort(reduced.slice(), order, names).run();
    else for (const [index, name] of reduced.entries()) order[name] = index;

    let found = 0;
    for (let at = 1; at < this.#length; at += 1) if (this.#isLeftmost(at)) reduced[found++] = at;
    for (let index = 0; index < count; index += 1) order[index] = reduced[order[index] ?? 0] ?? 0;
    return order;
  }

  /** From the leftmost small suffixes, which have their places, to the large ones, and from those to all small ones. */
  #induce(): void {
    const sorted = this.#sorted;
    this.#beginAtStarts();
    // The suffix before the end of the text comes first of all large ones.
    this.#putFirst(this.#length - 1);
    for (let index = 0; index < this.#length; index += 1) {
      const at = (sorted[index] ?? 0) - 1;
      if (at >= 0 && !this.#isSmall(at)) this.#putFirst(at);
    }
    this.#beginAtEnds();
    for (let index = this.#length - 1; index >= 0; index -= 1) {
      const at = (sorted[index] ?? 0) - 1;
      if (at >= 0 && this.#isSmall(at)) this.#putLast(at);
    }
  }

  #putFirst(at: number): void {
    const symbol = this.#text[at] ?? 0;
    const place = this.#places[symbol] ?? 0;
    this.#sorted[place] = at;
    this.#places[symbol] = place + 1;
  }

  #putLast(at: number): void {
    const symbol = this.#text[at] ?? 0;
    const place = (this.#places[symbol] ?? 0) - 1;
    this.#sorted[place] = at;
    this.#places[symbol] = place;
  }

  #beginAtStarts(): void {
    let sum = 0;
    for (let symbol = 0; symbol < this.#sizes.length; symbol += 1) {
      this.#places[symbol] = sum;
      sum += this.#sizes[symbol] ?? 0;
    }
  }

  #beginAtEnds(): void {
    let sum = 0;
    for (let symbol = 0; symbol < this.#sizes.length; symbol += 1) {
      sum += this.#sizes[symbol] ?? 0;
      this.#places[symbol] = sum;
    }
  }

  #isSmall(at: number): boolean {
    return (((this.#small[at >> 3] ?? 0) >> (at & 7)) & 1) === 1;
  }

  #isLeftmost(at: number): boolean {
    return at > 0 && this.#isSmall(at) && !this.#isSmall(at - 1);
  }

  /** Whether the pieces from two leftmost suffixes up to the next ones are equal. */
  #isSamePiece(first: number, second: number): boolean {
    const text = this.#text;
    for (let step = 0; ; step += 1) {
      const [one, other] = [first + step, second + step];
      if (one >= this.#length || other >= this.#length || text[one] !== text[other]) return false;
      if (this.#isSmall(one) !== this.#isSmall(other)) return false;
      if (step > 0 && this.#isLeftmost(one)) return this.#isLeftmost(other);
      if (step > 0 && this.#isLeftmost(other)) return false;
    }
  }
}

function classify(text: Text): Uint8Array {
  const small = new Uint8Array((text.length >> 3) + 1);
  // The end of the text is smaller than anything, so that the last suffix is not small.
  let isSmall = false;
  for (let at = text.length - 2; at >= 0; at -= 1) {
    const [here, next] = [text[at] ?? 0, text[at + 1] ?? 0];
    isSmall = here < next || (here === next && isSmall);
    if (isSmall) small[at >> 3] = (small[at >> 3] ?? 0) | (1 << (at & 7));
  }
  return small;
}
