import { anyOf, unlessAborted } from "../../../abort.ts";
import { AppError } from "../../../errors.ts";
import type { Bytes } from "../../../oci/storage.ts";

export interface SilenceOptions {
  /** Milliseconds. */
  readonly silence: number;
  readonly signal: AbortSignal;
}

/** The same bytes, unless none come for too long while they are waited for. @throws AppError `unavailable`. */
export async function* unlessSilent(start: (signal: AbortSignal) => Bytes, { silence, signal }: SilenceOptions): Bytes {
  const silent = new AbortController();
  const iterator = start(anyOf(signal, silent.signal))[Symbol.asyncIterator]();
  const giveUp = (): void =>
    silent.abort(new AppError("unavailable", `the registry has sent nothing for ${Math.round(silence / 1000)} s`));
  try {
    for (;;) {
      const timer = setTimeout(giveUp, silence);
      const next = await unlessAborted(iterator.next(), silent.signal).finally(() => clearTimeout(timer));
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    const ended = iterator.return?.();
    // Who is silent may not hear that either.
    if (silent.signal.aborted) ended?.catch(() => undefined);
    else await ended;
  }
}
