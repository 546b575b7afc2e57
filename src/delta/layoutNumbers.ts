import { AppError } from "../errors.ts";
import type { ByteStream } from "./byteStream.ts";
import { type Code, type Kind, type Layout, MAX_ADDRESS, MAX_BASES, MAX_SEGMENTS, type Segment } from "./layout.ts";
import { hearNumber, hearSigned, sayNumber, saySigned } from "./numbers.ts";

/** Segments before and after, code, the highest address, bases: each list by its length and what differs from the last. */
export function sayLayout(stream: ByteStream, { before, after, code, top, bases }: Layout): void {
  for (const segments of [before, after]) {
    sayNumber(stream, segments.length);
    let [offset, address] = [0, 0];
    for (const segment of segments) {
      sayNumber(stream, segment.offset - offset);
      sayNumber(stream, segment.size);
      saySigned(stream, segment.address - address);
      [offset, address] = [segment.offset, segment.address];
    }
  }
  sayNumber(stream, code.length);
  let last = 0;
  for (const { start, end, kind } of code) {
    sayNumber(stream, start - last);
    sayNumber(stream, end - start);
    sayNumber(stream, kind);
    last = end;
  }
  sayNumber(stream, top);
  sayNumber(stream, bases.length);
  for (const base of bases) {
    saySigned(stream, base.before);
    saySigned(stream, base.after - base.before);
  }
}

/** @throws AppError `bad-data` for one that is beyond its limits. */
export function hearLayout(stream: ByteStream): Layout {
  const number = (limit: number): number => {
    const value = hearNumber(stream);
    if (value < limit) return value;
    throw impossible();
  };
  const many = <Item>(most: number, hear: () => Item): Item[] => Array.from({ length: number(most + 1) }, hear);
  const segments = (): Segment[] => {
    let [offset, address] = [0, 0];
    return many(MAX_SEGMENTS, () => {
      offset += number(MAX_ADDRESS);
      const size = number(MAX_ADDRESS);
      address += hearSigned(stream);
      if (address < 0 || Math.max(offset, address) + size > MAX_ADDRESS) throw impossible();
      return { offset, size, address };
    });
  };
  const before = segments();
  const after = segments();
  let last = 0;
  const code = many<Code>(MAX_SEGMENTS, () => {
    const start = last + number(MAX_ADDRESS);
    last = start + number(MAX_ADDRESS);
    return { start, end: last, kind: number(3) as Kind };
  });
  const top = number(MAX_ADDRESS);
  const bases = many(MAX_BASES, () => {
    const was = hearSigned(stream) | 0;
    return { before: was, after: (was + hearSigned(stream)) | 0 };
  });
  return { before, after, code, top, bases };
}

function impossible(): AppError {
  return new AppError("bad-data", "the delta describes no program that there could be");
}
