import { unlessAborted } from "../../../abort.ts";

/** How far content has come. Any number of readers follow it, each at its own speed. */
export interface Growth {
  /** Bytes that are there. */
  readonly reached: number;
  /** Whether nothing is missing, and all of it is right. */
  readonly whole: boolean;
  grow(bytes: number): void;
  finish(): void;
  /** From now on no reader gets anything. */
  fail(error: unknown): void;
  /** @throws what it failed with. */
  check(): void;
  /** Waits for whatever happens next. */
  next(signal: AbortSignal): Promise<void>;
}

export function openGrowth(): Growth {
  let reached = 0;
  let whole = false;
  let failure: { readonly error: unknown } | undefined;
  let step = Promise.withResolvers<void>();

  function tell(): void {
    const { resolve } = step;
    step = Promise.withResolvers();
    resolve();
  }

  return {
    get reached() {
      return reached;
    },
    get whole() {
      return whole;
    },
    grow(bytes) {
      reached += bytes;
      tell();
    },
    finish() {
      whole = true;
      tell();
    },
    fail(error) {
      failure = { error };
      tell();
    },
    check() {
      if (failure !== undefined) throw failure.error;
    },
    next: async (signal) => await unlessAborted(step.promise, signal),
  };
}
