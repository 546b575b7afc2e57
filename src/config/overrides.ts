import { withoutHostLogin } from "../redact.ts";
import { parseDuration } from "./duration.ts";

// This file is on the launch path: no library, nothing imported that is not as small as itself.

export type UpdateWhen = "launch" | "background" | "manual";

/** What a person or an admin may decide; the rest of installer.json is the publisher's. */
export interface Overrides {
  readonly mirrors?: readonly string[];
  readonly version?: string;
  readonly channel?: string;
  readonly prereleases?: boolean;
  readonly update?: {
    readonly when?: UpdateWhen;
    readonly checkEvery?: string;
    readonly timeout?: string;
    readonly criticalTimeout?: string;
  };
  readonly keepVersions?: number;
}

type Problem = string | undefined;

/** Why a value is wrong, as "expected ..., got ...", or undefined. The publisher's own copy is held to the same. */
export const checkValue = {
  mirrors: (value: unknown): Problem =>
    Array.isArray(value) &&
    value.every((entry) => typeof entry === "string" && (entry.includes("/") || /^oci:./.test(entry)))
      ? undefined
      : expected('a list of repositories such as ["registry.corp/example/app"]', value),
  version: (value: unknown): Problem =>
    typeof value === "string" && value.trim() !== ""
      ? undefined
      : expected('a version or range such as "1.4.2", "^1.4" or "latest"', value),
  channel: (value: unknown): Problem =>
    typeof value === "string" && /^[a-z][a-z0-9-]{0,30}$/i.test(value)
      ? undefined
      : expected('a channel such as "stable" or "beta"', value),
  prereleases: (value: unknown): Problem => (typeof value === "boolean" ? undefined : expected("true or false", value)),
  when: (value: unknown): Problem =>
    value === "launch" || value === "background" || value === "manual"
      ? undefined
      : expected('"launch", "background" or "manual"', value),
  duration: (value: unknown): Problem =>
    typeof value === "string" && parseDuration(value) !== undefined
      ? undefined
      : expected('a duration such as "0s", "3s", "15m" or "24h"', value),
  keepVersions: (value: unknown): Problem =>
    typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 100
      ? undefined
      : expected("a number of versions from 1 to 100", value),
} as const;

/** Keys of installer.json that only the publisher decides: a copy of the whole file as an override is no mistake. */
const PUBLISHERS_KEYS: ReadonlySet<string> = new Set([
  "$schema",
  "id",
  "name",
  "publisher",
  "repository",
  "trust",
  "entrypoint",
  "interface",
  "icon",
  "smoke",
  "install",
  "desktop",
  "launcherVersion",
  "sign",
]);

export interface CheckedOverrides {
  readonly overrides: Overrides;
  /** One sentence for each value that was left out. */
  readonly warnings: readonly string[];
}

/** Takes what is right from a person's file; a wrong value is a warning, and what the publisher set holds. */
export function checkOverrides(value: unknown, source: string): CheckedOverrides {
  const warnings: string[] = [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { overrides: {}, warnings: [`${source}: ${expected("an object such as {}", value)}`] };
  }
  const good: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    const problem = checkOverride(key, entry, good);
    if (problem !== undefined) warnings.push(`${source}: ${problem}`);
  }
  return { overrides: good, warnings };
}

function checkOverride(key: string, value: unknown, good: Record<string, unknown>): Problem {
  if (key === "update") return checkUpdate(value, good);
  if (key === "mirrors" || key === "version" || key === "channel" || key === "prereleases" || key === "keepVersions") {
    const problem = checkValue[key](value);
    if (problem !== undefined) return `${key}: ${problem}`;
    good[key] = value;
    return undefined;
  }
  return PUBLISHERS_KEYS.has(key) ? undefined : `${key}: there is no such setting`;
}

const DURATIONS: ReadonlySet<string> = new Set(["checkEvery", "timeout", "criticalTimeout"]);

function checkUpdate(value: unknown, good: Record<string, unknown>): Problem {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return `update: ${expected('an object such as { "when": "launch" }', value)}`;
  }
  const update: Record<string, unknown> = {};
  let problem: Problem;
  for (const [key, entry] of Object.entries(value)) {
    const check = key === "when" ? checkValue.when : DURATIONS.has(key) ? checkValue.duration : undefined;
    const wrong = check === undefined ? "there is no such setting" : check(entry);
    if (wrong === undefined) update[key] = entry;
    else problem ??= `update.${key}: ${wrong}`;
  }
  good["update"] = update;
  return problem;
}

function expected(what: string, got: unknown): string {
  const shown = JSON.stringify(got, (_, value: unknown) =>
    typeof value === "string" ? withoutHostLogin(value) : value,
  );
  const text = shown ?? "nothing";
  return `expected ${what}, got ${text.length > 60 ? `${text.slice(0, 60)}...` : text}`;
}
