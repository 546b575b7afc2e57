import { AppError } from "../errors.ts";
import type { ByteStream } from "./byteStream.ts";

// Seven bits in each byte, the lowest first: 2^53 has eight of them.
const MAX_BYTES = 8;

/** Says a whole number from 0 to below 2^53. */
export function sayNumber(stream: ByteStream, value: number): void {
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) stream.say((rest % 128) + 128);
  stream.say(rest);
}

/** @throws AppError `bad-data` for one that is larger. */
export function hearNumber(stream: ByteStream): number {
  let value = 0;
  for (let index = 0; index < MAX_BYTES; index += 1) {
    const byte = stream.hear();
    value += (byte & 127) * 128 ** index;
    if (byte > 127) continue;
    if (value > Number.MAX_SAFE_INTEGER) break;
    return value;
  }
  throw new AppError("bad-data", "the delta has a number that is too large");
}

/** The same for one that may be negative: those are odd. */
export function saySigned(stream: ByteStream, value: number): void {
  sayNumber(stream, value < 0 ? -value * 2 - 1 : value * 2);
}

export function hearSigned(stream: ByteStream): number {
  const heard = hearNumber(stream);
  return heard % 2 === 1 ? -(heard + 1) / 2 : heard / 2;
}
