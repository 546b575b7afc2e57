/** The longest that Node's timers count to, in milliseconds: about 24 days. Anything longer would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Aborts after so many milliseconds, which need not be whole. */
export function timeoutAfter(ms: number): AbortSignal {
  return AbortSignal.timeout(Math.min(Math.max(1, Math.ceil(ms)), LONGEST_MS));
}

/** Aborts as soon as one of them does. */
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}

/** Waits for work that cannot be stopped, or that others wait for too: an abort ends the waiting, and not the work. */
export async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, work]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
