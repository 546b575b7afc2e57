import { planLaunch } from "../launch/plan.ts";
import { readActivation } from "../store/activation.ts";
import type { LaunchContext } from "./context.ts";
import { readLastCheck } from "./lastCheck.ts";

/** Whether the next start looks for updates, before the program or behind it. */
export function isCheckDue({ settings, paths }: Pick<LaunchContext, "settings" | "paths">, now: number): boolean {
  const plan = planLaunch({
    argv: [],
    activation: readActivation(paths),
    settings,
    now,
    lastCheck: () => readLastCheck(paths),
    arrange: false,
  });
  return plan.kind !== "command" && (plan.behind || (plan.kind === "prepare" && plan.check !== undefined));
}
