import { checkValue, type UpdateWhen } from "./overrides.ts";

// This file is on the launch path.

/** A set of environment variables, as `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Every environment variable that the launcher reads, in one place.
 *
 * | variable | meaning |
 * |---|---|
 * | `SLIPWAY_VERSION` | the version to run: `1.4.2`, `^1.4`, `latest`, `sha256:...` |
 * | `SLIPWAY_CHANNEL` | whose releases count: `stable`, `beta` ... |
 * | `SLIPWAY_UPDATE` | `launch`, `background`, `manual`, or `off`: no network at all, unless nothing is installed |
 * | `SLIPWAY_MIRROR` | a repository that is asked before all others |
 * | `SLIPWAY_LOG` | `off`, or a file that gets the log as well |
 * | `SLIPWAY_PROGRESS` | `auto` (on a terminal, or in a window without one), `always` or `never` |
 * | `SLIPWAY_NODE` | options of the Node inside, which reads them in the place of `NODE_OPTIONS` |
 */
export interface EnvironmentSettings {
  readonly version?: string;
  readonly channel?: string;
  readonly update?: UpdateWhen | "off";
  readonly mirror?: string;
  readonly log?: string;
  readonly progress: "auto" | "always" | "never";
  readonly warnings: readonly string[];
}

/**
 * Not read but given to the program on a version's first run: a path at which it may make a file to say that it runs,
 * before its probation is over.
 */
export const READY_FILE = "SLIPWAY_READY_FILE";

/** Not read from people but from the script that a command may be: `stale` when it has to be made anew. */
export const ENTRY_STATE = "SLIPWAY_ENTRY";

export function readEnvironment(env: Environment): EnvironmentSettings {
  const warnings: string[] = [];
  const update = oneOf(env, "SLIPWAY_UPDATE", ["launch", "background", "manual", "off"] as const, warnings);
  const progress = oneOf(env, "SLIPWAY_PROGRESS", ["auto", "always", "never"] as const, warnings);
  const version = env["SLIPWAY_VERSION"];
  const channel = readChannel(env, warnings);
  const mirror = env["SLIPWAY_MIRROR"];
  const log = env["SLIPWAY_LOG"];
  return {
    ...(version === undefined || version === "" ? {} : { version }),
    ...(channel === undefined ? {} : { channel }),
    ...(update === undefined ? {} : { update }),
    ...(mirror === undefined || mirror === "" ? {} : { mirror }),
    ...(log === undefined || log === "" ? {} : { log }),
    progress: progress ?? "auto",
    warnings,
  };
}

function readChannel(env: Environment, warnings: string[]): string | undefined {
  const value = env["SLIPWAY_CHANNEL"];
  if (value === undefined || value === "") return undefined;
  const problem = checkValue.channel(value);
  if (problem === undefined) return value;
  warnings.push(`SLIPWAY_CHANNEL: ${problem}`);
  return undefined;
}

function oneOf<const Choice extends string>(
  env: Environment,
  name: string,
  choices: readonly Choice[],
  warnings: string[],
): Choice | undefined {
  const value = env[name];
  if (value === undefined || value === "") return undefined;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) warnings.push(`${name}: expected ${choices.join(", ")}, got ${JSON.stringify(value)}`);
  return found;
}
