import type { Settings } from "../config/settings.ts";
import type { Activation, ActivationRead } from "../store/activation.ts";

// This file is on the launch path, and pure.

/** The one first argument that is ours; all others belong to the program. */
export const LAUNCHER_ARGUMENT = "--launcher";

export type LaunchPlan =
  /** A confirmed version, and nothing to look up. */
  | { readonly kind: "run"; readonly activation: Activation }
  /** Something to do first: the other half of the launcher is needed. */
  | { readonly kind: "prepare"; readonly check: CheckReason | undefined; readonly activation: Activation | undefined }
  | { readonly kind: "background"; readonly activation: Activation }
  | { readonly kind: "command"; readonly argv: readonly string[] };

export type CheckReason = "nothing-installed" | "damaged" | "request-changed" | "due";

export interface LaunchFacts {
  readonly argv: readonly string[];
  readonly activation: ActivationRead;
  readonly settings: Settings;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The last successful check, asked for only where it matters. */
  readonly lastCheck: () => number | undefined;
  /** Whether this start has more to do for the person than to run the program: shortcuts to make, a terminal to open. */
  readonly arrange: boolean;
}

export function planLaunch(facts: LaunchFacts): LaunchPlan {
  if (facts.argv[0] === LAUNCHER_ARGUMENT) return { kind: "command", argv: facts.argv.slice(1) };
  const { activation: read } = facts;
  switch (read.kind) {
    case "none":
      return { kind: "prepare", check: "nothing-installed", activation: undefined };
    case "damaged":
      return { kind: "prepare", check: "damaged", activation: undefined };
    case "newer":
      // A newer launcher's store is not ours to change; what it activated still runs.
      if (read.activation === undefined) return { kind: "prepare", check: "damaged", activation: undefined };
      return { kind: "run", activation: read.activation };
    case "found":
      return planInstalled(facts, read.activation);
  }
}

function planInstalled(facts: LaunchFacts, activation: Activation): LaunchPlan {
  const reason = decideCheck(facts, activation);
  if (reason === "due" && facts.settings.updateWhen === "background" && activation.confirmed && !facts.arrange) {
    return { kind: "background", activation };
  }
  if (reason !== undefined || !activation.confirmed || facts.arrange)
    return { kind: "prepare", check: reason, activation };
  return { kind: "run", activation };
}

/** Whether a check is due before this launch, and why. */
export function decideCheck(
  { settings, now, lastCheck }: Pick<LaunchFacts, "settings" | "now" | "lastCheck">,
  activation: Activation,
): CheckReason | undefined {
  // The person asked for another version: that is never put off. With "off" it is looked for on this computer alone.
  if (settings.version !== activation.request && !names(activation, settings.version)) return "request-changed";
  if (settings.updateWhen === "off" || settings.updateWhen === "manual") return undefined;
  // An exact version or digest that is running cannot get any newer.
  if (names(activation, settings.version)) return undefined;
  if (settings.checkEvery === 0) return "due";
  const last = lastCheck();
  // A check in the future was made under a wrong clock: it counts for nothing.
  if (last === undefined || last > now || now - last >= settings.checkEvery) return "due";
  return undefined;
}

/** Whether the request is for exactly what is activated. A digest may be that of the whole index. */
function names({ current, request: earlier }: Activation, request: string): boolean {
  if (request.startsWith("sha256:")) return request === current.digest || request === earlier;
  return request.replace(/^v(?=\d)/, "").replace("_", "+") === current.version;
}
