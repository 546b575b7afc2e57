import { addressOf, ARM64, type Kind, type Layout, X64 } from "./layout.ts";
import type { Encode, Reference } from "./references.ts";
import type { Rest } from "./rest.ts";
import { type Piece, wordAt } from "./transcript.ts";

export interface ReferenceTeller {
  /** @returns whether its four bytes are told; otherwise they are still to be. */
  tell(reference: Reference, encode: Encode): boolean;
}

/** What finds the references of machine code in the old content. Nothing of the new is needed to see them. */
export interface CodeReader {
  readonly before: Uint8Array;
  readonly layout: Layout;
  readonly references: ReferenceTeller;
  readonly rest: Rest;
}

/** @returns whether the piece is machine code: its references are told, as far as they can be. */
export function tellCode(piece: Piece, kind: Kind, code: CodeReader): boolean {
  // Instructions of arm64 that lie elsewhere within four bytes are none.
  const isArm64 = kind === ARM64 && ((piece.from - piece.to) & 3) === 0;
  if (kind === X64) tellX64(piece, code);
  else if (isArm64) tellArm64(piece, code);
  return kind === X64 || isArm64;
}

// JMP is the next one.
const CALL = 0xe8;
const TWO_BYTES = 0x0f;

/**
 * x86-64: `call` and `jmp` with 32 bits, conditional jumps with 32 bits, and whatever else has a ModRM byte that means
 * "relative to the instruction pointer" (Intel SDM volume 2, section 2.1.5 and table 2-7). A look-alike that leads out
 * of the image is none.
 */
function tellX64(piece: Piece, { before, layout, references, rest }: CodeReader): void {
  const { from, to, length } = piece;
  const base = addressOf(layout.before, from) - from;
  const reference: Reference & { next: number } = { at: 0, old: 0, target: 0, kind: 0, detail: 0, next: 0 };
  const shift = addressOf(layout.after, to) - to;
  let second = before[from] ?? 0;
  for (let index = 0; index + 5 <= length; index += 1) {
    const opcode = second;
    second = before[from + index + 1] ?? 0;
    let at: number;
    if ((opcode & 0xfe) === CALL) {
      at = index + 1;
      reference.kind = opcode - CALL;
    } else if ((second & 0xc7) === 0x05 && index + 6 <= length) {
      at = index + 2;
      reference.kind = 2;
    } else if (opcode === TWO_BYTES && (second & 0xf0) === 0x80 && index + 6 <= length) {
      at = index + 2;
      reference.kind = 3;
    } else continue;
    const old = wordAt(before, from + at);
    const target = from + at + 4 + base + old;
    if (target < 0 || target >= layout.top) continue;
    reference.at = to + at;
    reference.old = old;
    reference.target = target;
    reference.detail = opcode;
    reference.next = to + at + 4 + shift;
    if (references.tell(reference, encodeX64)) rest.markWord(at);
    index = at + 3;
    second = before[from + index + 1] ?? 0;
  }
}

const encodeX64: Encode = (reference, target) => (target - (reference as Reference & { next: number }).next) | 0;

const BRANCH = 4;
const PAGE = 5;
const PAGE_OFFSET = 6;
/** How far behind an ADRP the instruction is looked for that has the rest of the address. */
const PAIR_DISTANCE = 4;

type ArmReference = Reference & {
  /** Address in the new content. */
  here: number;
  /** Of a load or store: its offset counts in units of 2 to this power. */
  scale: number;
};

/**
 * arm64: `B` and `BL`, and pairs of `ADRP` with `ADD` or with a load or store, which only together lead to an address (Arm
 * ARM, C6.2). Instructions lie at multiples of four.
 */
function tellArm64(piece: Piece, { before, layout, references, rest }: CodeReader): void {
  const { from, to, length } = piece;
  const oldBase = addressOf(layout.before, from) - from;
  const newBase = addressOf(layout.after, to) - to;
  const reference: ArmReference = { at: 0, old: 0, target: 0, kind: 0, detail: 0, here: 0, scale: 0 };
  const tell = (index: number, kind: number, target: number): void => {
    if (target < 0 || target >= layout.top || rest.told[index] === 1) return;
    reference.at = to + index;
    reference.old = wordAt(before, from + index);
    reference.target = target;
    reference.kind = kind;
    reference.here = to + index + newBase;
    if (references.tell(reference, encodeArm64)) rest.markWord(index);
  };
  for (let index = (4 - (from & 3)) & 3; index + 4 <= length; index += 4) {
    const word = wordAt(before, from + index);
    const here = from + index + oldBase;
    reference.detail = 0;
    if ((word & 0x7c000000) === 0x14000000) {
      reference.detail = word >>> 31;
      tell(index, BRANCH, here + ((word << 6) >> 6) * 4);
    } else if ((word & 0x9f000000) >>> 0 === 0x90000000) {
      const page = here - (here % 4096) + ((((word << 8) >> 13) << 2) | ((word >>> 29) & 3)) * 4096;
      let pair = index + 4;
      const last = Math.min(index + PAIR_DISTANCE * 4, length - 4);
      while (pair <= last && scaleOf(wordAt(before, from + pair), word & 31) === undefined) pair += 4;
      if (pair > last) {
        tell(index, PAGE, page);
        continue;
      }
      const second = wordAt(before, from + pair);
      const scale = scaleOf(second, word & 31) ?? 0;
      const target = page + ((second >>> 10) & 0xfff) * 2 ** scale;
      reference.detail = 1;
      tell(index, PAGE, target);
      reference.scale = scale;
      tell(pair, PAGE_OFFSET, target);
    }
  }
}

/** In which units the instruction counts the rest of an address in the register; undefined if it is none of those. */
function scaleOf(word: number, register: number): number | undefined {
  if (((word >>> 5) & 31) !== register) return undefined;
  // ADD (immediate), 64 bits, not shifted.
  if ((word & 0xffc00000) >>> 0 === 0x91000000) return 0;
  // Loads and stores with an unsigned offset; those of 128 bits have their size in another place.
  if ((word & 0x3b000000) !== 0x39000000) return undefined;
  return (word & 0x04800000) === 0x04800000 ? 4 : word >>> 30;
}

const encodeArm64: Encode = (reference, target) => {
  const { old, kind, here, scale } = reference as ArmReference;
  if (kind === BRANCH) return (old & ~0x3ffffff) | (Math.floor((target - here) / 4) & 0x3ffffff);
  if (kind === PAGE_OFFSET) return (old & ~0x3ffc00) | (Math.floor((target % 4096) / 2 ** scale) << 10);
  const pages = Math.floor(target / 4096) - Math.floor(here / 4096);
  return (old & ~0x60ffffe0) | ((pages & 3) << 29) | (((pages >> 2) & 0x7ffff) << 5);
};
