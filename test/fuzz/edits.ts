import { editJson } from "./jsonEdits.ts";
import { NUMBERS, STRUCTURES, TOKENS } from "./words.ts";

/** One change of an input, as data: fast-check makes it smaller, and the same numbers are the same change again. */
export interface Edit {
  readonly kind: (typeof EDITS)[number];
  /** Where: of as many places as there are. */
  readonly at: number;
  /** What: of as many choices as there are. */
  readonly value: number;
}

/** More than this no input grows. */
export const MAX_INPUT_BYTES = 256 * 1024;

type Change = (bytes: Buffer, edit: Edit, samples: readonly Uint8Array[]) => Buffer;

const CHANGES = {
  bit: (bytes, { at, value }) => overwrite(bytes, at, Buffer.of((bytes[at] ?? 0) ^ (1 << (value & 7)))),
  byte: (bytes, { at, value }) => overwrite(bytes, at, Buffer.of(value & 0xff)),
  insert: (bytes, { at, value }) => replace(bytes, at, 0, Buffer.alloc(1 + ((value >> 8) & 7), value & 0xff)),
  remove: (bytes, { at, value }) => replace(bytes, at, 1 + (value % 64), Buffer.alloc(0)),
  cut: (bytes, { at }) => bytes.subarray(0, at),
  double: (bytes, { at, value }) => {
    const part = bytes.subarray(at, at + 1 + (value % 512));
    return replace(bytes, at, 0, Buffer.concat(Array.from({ length: 1 + ((value >> 9) % 8) }, () => part)));
  },
  splice: (bytes, { at, value }, samples) => {
    const other = pick(samples, value);
    return Buffer.concat([bytes.subarray(0, at), other.subarray((value >>> 4) % (other.byteLength + 1))]);
  },
  token: (bytes, { at, value }) => replace(bytes, at, 0, pick(TOKENS, value)),
  overwrite: (bytes, { at, value }) => overwrite(bytes, at, pick(TOKENS, value)),
  // The number in decimal digits that stands there or comes next.
  number: (bytes, { at, value }) => {
    const text = bytes.toString("latin1");
    const found = /\d+/.exec(text.slice(at));
    if (found === null) return bytes;
    return replace(bytes, at + found.index, found[0].length, Buffer.from(pick(NUMBERS, value)));
  },
  // A field of a binary format, in either order.
  field: (bytes, { at, value }) => {
    const field = Buffer.alloc([1, 2, 4, 8][value & 3] ?? 1, [0x00, 0xff, 0x7f, 0x01][(value >> 2) & 3]);
    field[(value & 16) === 0 ? 0 : field.length - 1] = [0x00, 0x80, 0x01, 0xff, value >>> 24][(value >> 5) % 5] ?? 0;
    return overwrite(bytes, at, field);
  },
  json: editJson,
  // Seldom: they make everything slow.
  long: (bytes, { at, value }) => {
    const part = value % 3 === 0 ? pick(TOKENS, value) : bytes.subarray(at, at + 1 + (value % 5));
    const times = Math.floor(2 ** (4 + (value % 14)) / Math.max(1, part.byteLength));
    return replace(bytes, at, 0, Buffer.concat(Array.from({ length: times }, () => part)));
  },
  nest: (bytes, { at, value }) => {
    const [open, close] = pick(STRUCTURES, value);
    const depth = Math.floor(10 ** (1 + ((value >>> 4) % 5)));
    const middle = (value >>> 8) % 2 === 0 ? "1" : "";
    return replace(bytes, at, (value >>> 9) % 4, Buffer.from(open.repeat(depth) + middle + close.repeat(depth)));
  },
} satisfies Record<string, Change>;

export const EDITS = Object.keys(CHANGES) as (keyof typeof CHANGES)[];

/** The input after all changes, one after the other. */
export function applyEdits(input: Uint8Array, edits: readonly Edit[], samples: readonly Uint8Array[]): Buffer {
  let bytes = Buffer.from(input);
  for (const edit of edits) {
    const change: Change = CHANGES[edit.kind];
    bytes = Buffer.from(change(bytes, { ...edit, at: edit.at % (bytes.byteLength + 1) }, samples));
    if (bytes.byteLength > MAX_INPUT_BYTES) bytes = bytes.subarray(0, MAX_INPUT_BYTES);
  }
  return bytes;
}

function replace(bytes: Buffer, at: number, length: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)]);
}

function overwrite(bytes: Buffer, at: number, by: Uint8Array): Buffer {
  return replace(bytes, at, by.byteLength, by);
}

export function pick<Value>(values: readonly Value[], value: number): Value {
  return values[value % values.length] as Value;
}
