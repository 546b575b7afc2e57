export interface SlotOptions {
  readonly signal: AbortSignal;
  /** Calls everything off: it throws the error on. */
  readonly fail: (error: unknown) => never;
}

/** Runs at most `count` at a time, in the order of arrival, and none that has not begun when all is called off. */
export function openSlots(
  count: number,
  { signal, fail }: SlotOptions,
): <Value>(work: () => Promise<Value>) => Promise<Value> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      signal.throwIfAborted();
      return await work();
    } catch (error) {
      // Before the slot is free, or the next one would begin.
      return fail(error);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

/** Waits for every one, then throws the first failure: nothing goes on behind the caller's back. */
export async function settleAll(promises: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
