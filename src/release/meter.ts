import { Transform } from "node:stream";
import { AppError } from "../errors.ts";

export interface Meter {
  /** Counts, and throws `bad-data` when the release grows beyond all measure. */
  readonly add: (bytes: number) => void;
  /** The same as a step of a pipeline. */
  open(): Transform;
  total(): number;
}

/** Bounds what a release may write, so that a decompression bomb ends before the disk is full. */
export function openMeter(limit: number): Meter {
  let total = 0;
  const add = (bytes: number): void => {
    total += bytes;
    if (total <= limit) return;
    throw new AppError("bad-data", `the release is larger than ${limit} bytes when unpacked`, {
      hint: "Tell the publisher.",
    });
  };
  return {
    add,
    total: () => total,
    open: () =>
      new Transform({
        transform(chunk: Buffer, _encoding, done) {
          try {
            add(chunk.byteLength);
          } catch (error) {
            return done(error as Error);
          }
          return done(null, chunk);
        },
      }),
  };
}
