import { anyOf, timeoutAfter, unlessAborted } from "../abort.ts";
import { AppError } from "../errors.ts";
import type { Origin, UpdateContext } from "./context.ts";
import { type Finding, findRelease, type FindOptions } from "./find.ts";

/** How far one update has come. */
export interface Attempt {
  during: "check" | "installation";
  version?: string;
  /** Why the installed version is to be left: its publisher took it back. */
  withdrawn?: string | undefined;
  /** Milliseconds left for checking. */
  remaining: number;
  /** Whether an origin had no answer in its part of the time: whoever has more of it may get one. */
  ranOut?: boolean;
  /** Aborts when the start must not wait any longer. */
  bound?: AbortSignal;
}

export interface Check {
  readonly origin: Origin;
  /** Origins that have not been asked yet, this one included. */
  readonly left: number;
  readonly question: Omit<FindOptions, "signal">;
  readonly attempt: Attempt;
  readonly skip: AbortSignal | undefined;
}

/** Asks one origin within its part of the time: one that is silent leaves the others theirs. */
export async function check(
  context: UpdateContext,
  { origin, left, question, attempt, skip }: Check,
): Promise<Finding> {
  const started = performance.now();
  const part = timeoutAfter(attempt.remaining / left);
  const signal = anyOf(attempt.bound, part, skip);
  try {
    // A folder on a network drive that is gone hears of no signal.
    return await unlessAborted(findRelease(context, origin, { ...question, signal }), signal);
  } catch (error) {
    if (part.aborted) attempt.ranOut = true;
    if (!signal.aborted || error !== signal.reason || skip?.aborted === true) throw error;
    throw new AppError("unavailable", `cannot reach ${origin.name}: it did not answer in time`, {
      hint: "Check your network connection, then try again.",
      cause: error,
    });
  } finally {
    attempt.remaining -= performance.now() - started;
  }
}
