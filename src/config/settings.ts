import { parseDuration } from "./duration.ts";
import type { EnvironmentSettings } from "./environment.ts";
import type { Installer } from "./installer.ts";
import { checkOverrides, type UpdateWhen } from "./overrides.ts";

// This file is on the launch path.

/** What holds for this launch, after all layers. */
export interface Settings {
  /** The version request as written; read by whoever has a SemVer library at hand. */
  readonly version: string;
  /** Where {@link version} was set, for messages. */
  readonly versionSource: string;
  /** Repositories in the order in which they are asked. */
  readonly repositories: readonly string[];
  readonly channel: string;
  /** All, none, or those of {@link channel}. */
  readonly prereleases: boolean | string;
  readonly updateWhen: UpdateWhen | "off";
  /** Milliseconds between two checks. */
  readonly checkEvery: number;
  /** Milliseconds that a check may take while something is installed. */
  readonly timeout: number;
  /** Milliseconds that a start waits for a release that its publisher calls critical, while something is installed. */
  readonly criticalTimeout: number;
  readonly keepVersions: number;
}

export interface OverrideLayer {
  /** The file's path, for messages. */
  readonly source: string;
  readonly value: unknown;
}

export interface ResolvedSettings {
  readonly settings: Settings;
  readonly warnings: readonly string[];
}

/** The channel without pre-releases. */
const STABLE = "stable";

/** Which pre-releases count: all, none, or those of a channel. */
export function prereleasesOf({ channel, prereleases }: Pick<Installer, "channel" | "prereleases">): boolean | string {
  return prereleases || channel === STABLE ? prereleases : channel;
}

/**
 * Later layers win: the publisher's embedded copy, the file next to the launcher, the person's own file, the
 * environment.
 */
export function resolveSettings(
  installer: Installer,
  layers: readonly OverrideLayer[],
  environment: EnvironmentSettings,
): ResolvedSettings {
  const warnings: string[] = [];
  let { version, channel, prereleases, keepVersions, update } = installer;
  let mirrors: readonly string[] = installer.mirrors;
  let versionSource = "installer.json";
  for (const { source, value } of layers) {
    const { overrides, warnings: found } = checkOverrides(value, source);
    warnings.push(...found);
    if (overrides.version !== undefined) [version, versionSource] = [overrides.version, source];
    mirrors = overrides.mirrors ?? mirrors;
    channel = overrides.channel ?? channel;
    prereleases = overrides.prereleases ?? prereleases;
    keepVersions = overrides.keepVersions ?? keepVersions;
    update = Object.assign({}, update, overrides.update);
  }
  warnings.push(...environment.warnings);
  if (environment.version !== undefined) [version, versionSource] = [environment.version, "SLIPWAY_VERSION"];
  channel = environment.channel ?? channel;
  const first = environment.mirror === undefined ? [] : [environment.mirror];

  const settings: Settings = {
    version: version.trim(),
    versionSource,
    // A mirror is named because the origin is slow or out of reach: it is asked first.
    repositories: [...first, ...mirrors, installer.repository],
    channel,
    prereleases: prereleasesOf({ channel, prereleases }),
    updateWhen: environment.update ?? update.when,
    checkEvery: parseDuration(update.checkEvery) ?? 0,
    timeout: parseDuration(update.timeout) ?? 0,
    criticalTimeout: parseDuration(update.criticalTimeout) ?? 0,
    keepVersions,
  };
  return { settings, warnings };
}
