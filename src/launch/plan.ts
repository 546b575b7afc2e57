import { isDigit } from "../config/duration.ts";
import type { Settings } from "../config/settings.ts";
import type { Activation, ActivationRead } from "../store/activation.ts";

// This file is on the launch path, and pure.

/** The one first argument that is ours; all others belong to the program. */
export const LAUNCHER_ARGUMENT = "--launcher";

export type LaunchPlan =
  /** A confirmed version, and nothing to look up first. `behind`: a process of its own looks while it runs. */
  | { readonly kind: "run"; readonly activation: Activation; readonly behind: boolean }
  /** Something to do first: the other half of the launcher is needed. */
  | {
      readonly kind: "prepare";
      readonly check: CheckReason | undefined;
      readonly activation: Activation | undefined;
      readonly behind: boolean;
    }
  | { readonly kind: "command"; readonly argv: readonly string[] };

export type CheckReason = "nothing-installed" | "damaged" | "request-changed" | "due";

export interface LaunchFacts {
  readonly argv: readonly string[];
  readonly activation: ActivationRead;
  readonly settings: Settings;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The last successful check, asked for only where it matters. */
  readonly lastCheck: () => LastCheck | undefined;
  /** Whether its publisher is known to have taken a version back, asked for only where it matters. */
  readonly isWithdrawn: (version: string) => boolean;
  /** Whether this start has more to do for the person than to run the program: shortcuts to make, a terminal to open, news. */
  readonly arrange: boolean;
}

export interface LastCheck {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** From 0 to below 1, drawn anew at each check. */
  readonly jitter: number;
}

// Computers that were switched on together, or looked together once, do not go on looking at the same moment. Only
// earlier: who starts a program every morning gets a daily check every morning.
const MAX_JITTER = 0.1;

export function planLaunch(facts: LaunchFacts): LaunchPlan {
  if (facts.argv[0] === LAUNCHER_ARGUMENT) return { kind: "command", argv: facts.argv.slice(1) };
  const { activation: read } = facts;
  switch (read.kind) {
    case "none":
      return { kind: "prepare", check: "nothing-installed", activation: undefined, behind: false };
    case "damaged":
      return { kind: "prepare", check: "damaged", activation: undefined, behind: false };
    case "newer":
      // A newer launcher's store is not ours to change; what it activated still runs.
      if (read.activation === undefined)
        return { kind: "prepare", check: "damaged", activation: undefined, behind: false };
      return { kind: "run", activation: read.activation, behind: false };
    case "found":
      return planInstalled(facts, read.activation);
  }
}

function planInstalled(facts: LaunchFacts, activation: Activation): LaunchPlan {
  const reason = decideCheck(facts, activation);
  // What was taken back runs for no longer than it has to: that is worth waiting for.
  const behind =
    reason === "due" && facts.settings.updateWhen === "background" && !facts.isWithdrawn(activation.current.version);
  const check = behind ? undefined : reason;
  if (check !== undefined || !activation.confirmed || facts.arrange)
    return { kind: "prepare", check, activation, behind };
  return { kind: "run", activation, behind };
}

export interface AtOnceFacts {
  readonly platform: NodeJS.Platform;
  readonly activation: Activation;
  /** As in {@link LaunchFacts}; a store of a newer launcher is started without regard to it. */
  readonly arrange: boolean;
  /** Whether an update of the launcher left something to take away, asked for only where it matters. */
  readonly hasLeftovers: () => boolean;
  /** Whether the program is there as it was installed, asked for only where it matters. */
  readonly isStartable: () => boolean;
}

/**
 * Whether a version with nothing to look up first runs as a child without the other half of the launcher, because that
 * is as much as this system can do. Elsewhere only what is unusual runs as a child: a script, or what may be damaged.
 */
export function mayRunAtOnce({ platform, activation, arrange, hasLeftovers, isStartable }: AtOnceFacts): boolean {
  return platform === "win32" && activation.confirmed && !arrange && !hasLeftovers() && isStartable();
}

/** Whether a check is due before this launch, and why. */
export function decideCheck(
  { settings, now, lastCheck }: Pick<LaunchFacts, "settings" | "now" | "lastCheck">,
  activation: Activation,
): CheckReason | undefined {
  // A version that stands in for one that was lost: nobody knows what was asked for.
  if (activation.request === "") return "damaged";
  // The person asked for another version: that is never put off. With "off" it is looked for on this computer alone.
  if (settings.version !== activation.request && !names(activation, settings.version)) return "request-changed";
  if (settings.updateWhen === "off" || settings.updateWhen === "manual") return undefined;
  // An exact version or digest that is running cannot get any newer.
  if (names(activation, settings.version)) return undefined;
  if (settings.checkEvery === 0) return "due";
  const last = lastCheck();
  // A check in the future was made under a wrong clock: it counts for nothing.
  if (last === undefined || last.at > now) return "due";
  return now >= dueAt(settings, last) ? "due" : undefined;
}

/** When the next check is due after the last one, in milliseconds since the epoch. */
export function dueAt({ checkEvery }: Pick<Settings, "checkEvery">, { at, jitter }: LastCheck): number {
  return at + checkEvery * (1 - MAX_JITTER * jitter);
}

/** Whether the request is for exactly what is activated. A digest may be that of the whole index. */
function names({ current, request: earlier }: Activation, request: string): boolean {
  if (request.startsWith("sha256:")) return request === current.digest || request === earlier;
  const { version } = current;
  // No regular expression, which every start would have to compile.
  return (
    request === version ||
    (request.startsWith("v") && isDigit(request[1]) ? request.slice(1) : request).replace("_", "+") === version
  );
}
