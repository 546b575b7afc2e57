import { AppError } from "../errors.ts";
import { ByteStream } from "./byteStream.ts";
import { hearNumber, hearSigned, sayNumber, saySigned } from "./numbers.ts";

/** A stretch of the new content that is made from a stretch of the old, byte by byte and mostly alike. */
export interface Copy {
  /** Where it begins in the old content. */
  readonly from: number;
  /** Where it begins in the new. */
  readonly to: number;
  readonly length: number;
}

/** Shorter ones are told as new bytes. */
export const SHORTEST_COPY = 16;

/** How many copies there may be: whoever applies a delta holds them all. */
export function mostCopies(size: number): number {
  return Math.floor(size / 64) + 64;
}

/** How many copies, then of all how much is new before each, then all lengths, then how far each begins from the end of the last. */
export function sayCopies(stream: ByteStream, copies: readonly Copy[]): void {
  const [gaps, lengths, jumps] = [new ByteStream(), new ByteStream(), new ByteStream()];
  let [from, to] = [0, 0];
  for (const copy of copies) {
    sayNumber(gaps, copy.to - to);
    sayNumber(lengths, copy.length);
    saySigned(jumps, copy.from - from);
    from = copy.from + copy.length;
    to = copy.to + copy.length;
  }
  sayNumber(stream, copies.length);
  for (const part of [gaps, lengths, jumps]) stream.sayAll(part.bytes);
}

/**
 * @param sizes bytes of the old content and the new.
 * @returns them in the order of the new content. @throws AppError `bad-data` for any that leads out of either.
 */
export function hearCopies(stream: ByteStream, sizes: { readonly before: number; readonly after: number }): Copy[] {
  const count = hearNumber(stream);
  if (count > mostCopies(sizes.after)) throw wrong();
  const gaps = Array.from({ length: count }, () => hearNumber(stream));
  const lengths = Array.from({ length: count }, () => hearNumber(stream));
  let [from, to] = [0, 0];
  return gaps.map((gap, index) => {
    const length = lengths[index] ?? 0;
    const copy = { from: from + hearSigned(stream), to: to + gap, length };
    from = copy.from + length;
    to = copy.to + length;
    if (length < SHORTEST_COPY || copy.from < 0 || from > sizes.before || to > sizes.after) throw wrong();
    return copy;
  });
}

function wrong(): AppError {
  return new AppError("bad-data", "the delta is not for this content");
}
