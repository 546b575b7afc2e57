import { connectionError } from "./connectionError.ts";

/** What an aborted request throws: the caller's own reason; a deadline that passed becomes a sentence about the host. */
export function abortError({ reason }: AbortSignal, method: string, url: URL): unknown {
  return reason instanceof Error && reason.name === "TimeoutError" ? connectionError(reason, { method, url }) : reason;
}

/** Waits for work that others wait for too: an abort ends the waiting at once, and not the work. */
export async function unlessAborted<Value>(shared: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return await shared;
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([shared, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
