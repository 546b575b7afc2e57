import type { AddressMap } from "./addressMap.ts";
import { addressOf, type Layout } from "./layout.ts";
import { BLOCKS, TRIALS, WORDS } from "./predictor.ts";
import type { Rest } from "./rest.ts";
import { type Piece, putWord, spread, SPREAD, type Transcript, wordAt } from "./transcript.ts";

const BLOCK = 32;

// How a word has changed: not at all, by as much as the last or the one before it, as an address that counts from its own
// place, and from there on as one that counts from each base. What is none of these has no name.
const LAST = 1;
const BEFORE_LAST = 2;
const RELATIVE = 3;
const FIRST_BASE = 4;
const OTHERWISE = 31;

/**
 * Tells the words of 32 bits of data. Tables of addresses and of offsets change all together when something grows: which
 * word counts from where is learned from its neighbours and from words of about the same value.
 */
export class Words {
  readonly #transcript: Transcript;
  readonly #rest: Rest;
  readonly #map: AddressMap;
  readonly #layout: Layout;
  /** A value and how far it went, side by side. */
  readonly #known = new Int32Array(SPREAD * 2);
  readonly #byPast = new Uint8Array(SPREAD);
  readonly #byValue = new Uint8Array(SPREAD);
  /** What words may count from, and how far that went. */
  readonly #bases: Int32Array;
  readonly #basesWent: Int32Array;
  // The same of a word's own place: what is added to its offset, and how far it went.
  #base = 0;
  #went = 0;
  // Of the word that is being told.
  #from = 0;
  #to = 0;
  #old = 0;
  #exact = 0;
  #near = 0;
  #past = 0;
  readonly #tried = new Int32Array(FIRST_BASE + 24);
  #blocks = 0;
  #misses = 0;
  #ways = 0;
  #last = 0;
  #beforeLast = 0;

  constructor(transcript: Transcript, { rest, map, layout }: { rest: Rest; map: AddressMap; layout: Layout }) {
    this.#transcript = transcript;
    this.#rest = rest;
    this.#map = map;
    this.#layout = layout;
    this.#bases = Int32Array.from(layout.bases, ({ before }) => before);
    this.#basesWent = Int32Array.from(layout.bases, ({ before, after }) => after - before);
  }

  /** Tells all whole words of the piece. They lie where they lay in the old content: at multiples of four. */
  tell(piece: Piece): void {
    const { predictor } = this.#transcript;
    this.#base = addressOf(this.#layout.before, piece.from) - piece.from;
    this.#went = addressOf(this.#layout.after, piece.to) - piece.from - this.#base;
    const end = piece.length - ((piece.from + piece.length) & 3);
    const first = (4 - (piece.from & 3)) & 3;
    for (let start = first; start < end; start += BLOCK) {
      const stop = Math.min(start + BLOCK, end);
      const past = this.#blocks & 0xff;
      const said = this.#hasChange(piece, start, stop);
      const changed = predictor.code(
        said,
        BLOCKS + 8,
        0x50000000 | past,
        0x51000000 | (past & 3),
        0x52000000 | (this.#blocks & 0xfff),
      );
      this.#blocks = (this.#blocks << 1) | changed;
      if (changed === 1) this.#tellBlock(piece, start, stop);
    }
    if (first < end) this.#rest.told.fill(1, first, end);
  }

  #tellBlock({ from, to }: Piece, start: number, stop: number): void {
    for (let index = start; index < stop; index += 4) {
      if (!this.#tellWord(from + index, to + index)) this.#rest.tellChangedWord(from + index, to + index);
    }
  }

  #tellWord(from: number, to: number): boolean {
    const { predictor, before, after, hearing } = this.#transcript;
    const old = wordAt(before, from);
    const actual = hearing ? 0 : (wordAt(after, to) - old) | 0;
    const exact = spread(old) * 2;
    const near = spread(old >> 8);
    const past = Math.imul((this.#ways & 0xffffff) * 2 + ((from >> 2) & 1), 0x2c1b3c6d) >>> 16;
    const byPast = this.#byPast[past] ?? 0;
    const byValue = this.#byValue[near] ?? 0;
    this.#from = from;
    this.#to = to;
    this.#old = old;
    this.#exact = exact;
    this.#near = near;
    this.#past = past;
    const known = this.#known[exact] === old;
    const usual = this.#distance(byPast);
    const alike = byValue === byPast ? usual : this.#distance(byValue);
    const learned = known ? (this.#known[exact + 1] ?? 0) : usual;
    const size = 32 - Math.clz32(old);
    const misses = this.#misses & 0xff;
    const agreement =
      (known ? 1 : 0) |
      (usual === 0 ? 2 : 0) |
      (alike === usual ? 4 : 0) |
      (learned === usual ? 8 : 0) |
      (learned === alike ? 16 : 0) |
      (alike === 0 ? 32 : 0);
    const hit = predictor.code(
      actual === learned ? 1 : 0,
      WORDS + (agreement & 15),
      0x53000000 | (agreement << 8) | misses,
      0x54000000 | (agreement << 11) | (size << 5) | byPast,
      0x55000000 | past,
    );
    this.#misses = (this.#misses << 1) | (1 - hit);
    if (hit === 1) return this.#settle(learned, usual, alike);

    const tried = this.#tried;
    tried[0] = learned;
    let count = 1;
    const ways = FIRST_BASE + this.#layout.bases.length;
    for (let trial = 0; trial < ways + 2; trial += 1) {
      const distance = trial === 0 ? usual : trial === 1 ? alike : this.#distance(trial - 2);
      if (includes(tried, count, distance)) continue;
      tried[count] = distance;
      count += 1;
      const found = predictor.code(
        actual === distance ? 1 : 0,
        TRIALS + trial,
        0x56000000 | (trial << 8) | agreement,
        0x57000000 | (trial << 12) | (size << 4) | (misses & 15),
        0x58000000 | (trial << 12) | (byPast << 6) | byValue,
      );
      if (found === 1) return this.#settle(distance, usual, alike);
    }
    this.#ways = (this.#ways << 5) | OTHERWISE;
    return false;
  }

  #settle(distance: number, usual: number, alike: number): true {
    if (this.#transcript.hearing) putWord(this.#transcript.after, this.#to, this.#old + distance);
    let way = this.#byPast[this.#past] ?? 0;
    if (distance !== usual) way = distance === alike ? (this.#byValue[this.#near] ?? 0) : this.#wayOf(distance);
    this.#byPast[this.#past] = way;
    this.#byValue[this.#near] = way;
    this.#ways = (this.#ways << 5) | way;
    this.#known[this.#exact] = this.#old;
    this.#known[this.#exact + 1] = distance;
    this.#beforeLast = this.#last;
    this.#last = distance;
    return true;
  }

  #wayOf(distance: number): number {
    for (let way = FIRST_BASE + this.#layout.bases.length - 1; way > 0; way -= 1) {
      if (this.#distance(way) === distance) return way;
    }
    return 0;
  }

  /** How far the word went if it went this way. */
  #distance(way: number): number {
    if (way === 0) return 0;
    if (way === LAST) return this.#last;
    if (way === BEFORE_LAST) return this.#beforeLast;
    const base = way === RELATIVE ? this.#from + this.#base : (this.#bases[way - FIRST_BASE] ?? 0);
    const target = (base + this.#old) | 0;
    if (target < 0 || target >= this.#layout.top) return 0;
    const went = way === RELATIVE ? this.#went : (this.#basesWent[way - FIRST_BASE] ?? 0);
    return (this.#map.shift(target) - went) | 0;
  }

  #hasChange({ from, to }: Piece, start: number, stop: number): 0 | 1 {
    const { before, after, hearing } = this.#transcript;
    if (hearing) return 0;
    for (let index = start; index < stop; index += 1) if (before[from + index] !== after[to + index]) return 1;
    return 0;
  }
}

function includes(values: Int32Array, count: number, value: number): boolean {
  for (let index = 0; index < count; index += 1) if (values[index] === value) return true;
  return false;
}
