import type { Measured } from "./decideSplit.ts";

/** Measures a line by the time in which somebody waits for it: a slow disk does not make it a slow line. */
export interface Meter {
  /** What came since it was read the last time. */
  readonly measured: Measured;
  /** Waits for the next chunk. */
  wait(next: Promise<IteratorResult<Uint8Array>>): Promise<IteratorResult<Uint8Array>>;
  reset(): void;
}

/** @param clock milliseconds that only grow. */
export function openMeter(clock: () => number): Meter {
  let bytes = 0;
  let waited = 0;
  return {
    get measured() {
      return { bytes, waited };
    },
    async wait(next) {
      const started = clock();
      const result = await next;
      waited += clock() - started;
      if (result.done !== true) bytes += result.value.byteLength;
      return result;
    },
    reset() {
      bytes = 0;
      waited = 0;
    },
  };
}
