import { type CheckReason, planLaunch } from "../launch/plan.ts";
import { readActivation } from "../store/activation.ts";
import type { LaunchContext } from "./context.ts";
import { readLastCheck } from "./lastCheck.ts";
import { isWithdrawn } from "./withdrawn.ts";

export interface Due {
  /** Why a start looks for updates before the program; undefined when it does not. */
  readonly check: CheckReason | undefined;
  /** Whether a process of its own looks for one while the program runs. */
  readonly behind: boolean;
}

/** What a start does about updates under these settings. */
export function decideDue({ settings, paths }: Pick<LaunchContext, "settings" | "paths">, now: number): Due {
  const plan = planLaunch({
    argv: [],
    activation: readActivation(paths),
    settings,
    now,
    lastCheck: () => readLastCheck(paths),
    isWithdrawn: (version) => isWithdrawn({ paths, settings }, version),
    arrange: false,
  });
  if (plan.kind === "command") return { check: undefined, behind: false };
  return { check: plan.kind === "prepare" ? plan.check : undefined, behind: plan.behind };
}

/** Whether the next start looks for updates, before the program or behind it. */
export function isCheckDue(context: Pick<LaunchContext, "settings" | "paths">, now: number): boolean {
  const { check, behind } = decideDue(context, now);
  return behind || check !== undefined;
}
