import { readFileSync } from "node:fs";
import type { LastCheck } from "../launch/plan.ts";
import type { StorePaths } from "../store/paths.ts";

// This file is on the launch path: of the state it reads what a start asks for, and no more.

/** The last check that came to an answer. Without one, or with a damaged state, a check is due. */
export function readLastCheck(paths: StorePaths): LastCheck | undefined {
  try {
    const state = JSON.parse(readFileSync(paths.state, "utf8")) as { lastCheck?: unknown; jitter?: unknown } | null;
    const at = typeof state?.lastCheck === "string" ? Date.parse(state.lastCheck) : Number.NaN;
    const { jitter } = state ?? {};
    // Beyond its bounds the next check would be due at every start, or never.
    const usable = typeof jitter === "number" && jitter >= 0 && jitter < 1;
    return Number.isNaN(at) ? undefined : { at, jitter: usable ? jitter : 0 };
  } catch {
    return undefined;
  }
}
