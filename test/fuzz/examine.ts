import { setImmediate as nextTurn } from "node:timers/promises";
import type { Pulse } from "./pulse.ts";
import { isRefusal, type Target } from "./target.ts";

export interface Finding {
  readonly problem: string;
  /** Findings of the same place are one: their messages tell of the input. */
  readonly place: string;
  readonly cause?: unknown;
}

const MAX_GROWTH_MB = 400;

/** One input for one target; that it ends at all is for whoever looks at the pulse. */
export async function examine({ run }: Target, bytes: Uint8Array, pulse: Pulse): Promise<Finding | undefined> {
  const before = mostMemory();
  pulse.begin(bytes);
  try {
    await run(bytes);
    // What nobody waits for fails here, and not at some later input.
    await nextTurn();
  } catch (error) {
    if (!isRefusal(error)) return describe(error);
  } finally {
    pulse.end();
  }
  const grown = mostMemory() - before;
  return grown > MAX_GROWTH_MB ? { problem: `it takes ${Math.round(grown)} MB of memory`, place: "memory" } : undefined;
}

/** The most that the process has ever had, in megabytes. */
function mostMemory(): number {
  return process.resourceUsage().maxRSS / 1024;
}

function describe(cause: unknown): Finding {
  if (!(cause instanceof Error)) return { problem: String(cause), place: typeof cause, cause };
  const problem = (cause.stack ?? cause.message).slice(0, 1500);
  const [place = ""] = /^ +at .*\bsrc\/.*$/m.exec(problem) ?? /^ +at .*$/m.exec(problem) ?? [];
  return { problem, place: `${cause.name}${place}`, cause };
}
