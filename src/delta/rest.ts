import { BLOCKS, BYTES } from "./predictor.ts";
import { type Piece, PIECE_BYTES, type Transcript } from "./transcript.ts";

const WIDE = 128;
const BLOCK = 16;
// The last byte of a word whose others are what they were.
const LAST_ALONE = 8;

/** Tells the bytes of a piece that nothing else has told: most are as they were. */
export class Rest {
  /** For each byte of a piece, whether it is told. */
  readonly told = new Uint8Array(PIECE_BYTES);
  readonly #transcript: Transcript;
  #wides = 0;
  #blocks = 0;
  #words = 0;

  constructor(transcript: Transcript) {
    this.#transcript = transcript;
  }

  /** Whatever nobody tells is as it was. */
  begin({ from, to, length }: Piece): void {
    const { before, after, hearing } = this.#transcript;
    this.told.fill(0, 0, length);
    if (hearing) after.set(before.subarray(from, from + length), to);
  }

  /** Four bytes are told. */
  markWord(index: number): void {
    this.told[index] = 1;
    this.told[index + 1] = 1;
    this.told[index + 2] = 1;
    this.told[index + 3] = 1;
  }

  /** Tells a word of data that is not what it was: one of its bytes at least is another. */
  tellChangedWord(from: number, to: number): void {
    const { predictor, before, after, hearing } = this.#transcript;
    const past = this.#words & 0xfff0;
    let changes = 0;
    for (let index = 0; index < 4; index += 1) {
      const old = before[from + index] ?? 0;
      const last = before[from + index - 1] ?? 0;
      const beforeLast = before[from + index - 2] ?? 0;
      const said = hearing || after[to + index] === old ? 0 : 1;
      // Which byte it is, and what those before it were.
      const place = (1 << index) | changes;
      const changed =
        place === LAST_ALONE
          ? 1
          : predictor.code(
              said,
              BYTES + 16 + place,
              0x35000000 + (past | place),
              0x36000000 + ((last << 8) | old),
              0x37000000 + ((changes << 18) | (index << 16) | (beforeLast << 8) | last),
            );
      changes = (changes << 1) | changed;
      if (changed === 1) this.#tellValue(to + index, old);
    }
    this.#words = (this.#words | changes) << 4;
  }

  /** @param kind of the piece: each is learned apart. */
  tell(piece: Piece, kind: number): void {
    for (let start = 0; start < piece.length; start += WIDE) {
      const end = Math.min(start + WIDE, piece.length);
      if (this.#isTold(start, end)) continue;
      const past = this.#wides & 0xff;
      const context = 0x30000000 + (kind << 12);
      const said = this.#hasChange(piece, start, end);
      const { predictor } = this.#transcript;
      const changed = predictor.code(
        said,
        BLOCKS + kind,
        context | past,
        context + 0x100000 + (past & 7),
        context + 0x200000 + (this.#wides & 0xfff),
      );
      this.#wides = (this.#wides << 1) | changed;
      if (changed === 1) for (let block = start; block < end; block += BLOCK) this.#tellBlock(piece, block, kind);
    }
  }

  #tellBlock(piece: Piece, start: number, kind: number): void {
    const end = Math.min(start + BLOCK, piece.length);
    if (this.#isTold(start, end)) return;
    const past = this.#blocks & 0xff;
    const context = 0x31000000 + (kind << 12);
    const said = this.#hasChange(piece, start, end);
    const { predictor } = this.#transcript;
    const changed = predictor.code(
      said,
      BLOCKS + 4 + kind,
      context | past,
      context + 0x100000 + (past & 7),
      context + 0x200000 + (this.#blocks & 0xfff),
    );
    this.#blocks = (this.#blocks << 1) | changed;
    if (changed === 1) this.#tellBytes(piece, start, kind);
  }

  #tellBytes({ from, to, length }: Piece, start: number, kind: number): void {
    const { predictor, before, after, hearing } = this.#transcript;
    const end = Math.min(start + BLOCK, length);
    let changes = 0;
    for (let index = start; index < end; index += 1) {
      if (this.told[index] === 1) {
        changes = 0;
        continue;
      }
      const old = before[from + index] ?? 0;
      const last = before[from + index - 1] ?? 0;
      const beforeLast = before[from + index - 2] ?? 0;
      const said = hearing || after[to + index] === old ? 0 : 1;
      const changed = predictor.code(
        said,
        BYTES + changes,
        0x34000000 + (((changes & 1) << 16) | (beforeLast << 8) | last),
        0x33000000 + ((last << 8) | old),
        0x32000000 + ((kind << 8) | (changes << 4) | (index & 15)),
      );
      changes = ((changes << 1) | changed) & 15;
      if (changed === 1) this.#tellValue(to + index, old);
    }
  }

  /** How far a byte went. */
  #tellValue(at: number, old: number): void {
    const { after, hearing, values } = this.#transcript;
    if (hearing) after[at] = old + values.hear();
    else values.say(((after[at] ?? 0) - old) & 0xff);
  }

  #isTold(start: number, end: number): boolean {
    for (let index = start; index < end; index += 1) if (this.told[index] === 0) return false;
    return true;
  }

  #hasChange({ from, to }: Piece, start: number, end: number): 0 | 1 {
    const { before, after, hearing } = this.#transcript;
    if (hearing) return 0;
    for (let index = start; index < end; index += 1) {
      if (this.told[index] === 0 && before[from + index] !== after[to + index]) return 1;
    }
    return 0;
  }
}
