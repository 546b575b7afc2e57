import { compareBuild } from "semver";
import { counts, newestFirst, type Prereleases } from "./resolve.ts";
import { tagOfVersion, versionOfTag } from "./versionTag.ts";

// Launchers live beside the program's versions, so that one list of tags tells of both.
const PREFIX = "launcher-";

export interface LauncherTag {
  /** SemVer. */
  readonly version: string;
  readonly tag: string;
}

/** @throws AppError `usage` when the version does not fit into a tag. */
export function tagOfLauncher(version: string): string {
  return tagOfVersion(`${PREFIX}${version}`);
}

/** The launchers that are newer than this one, newest first. */
export function selectLaunchers(
  tags: readonly string[],
  { newerThan, prereleases }: { readonly newerThan: string; readonly prereleases: Prereleases },
): LauncherTag[] {
  const found = tags.flatMap((tag) => {
    if (!tag.startsWith(PREFIX)) return [];
    const version = versionOfTag(tag.slice(PREFIX.length));
    return version === undefined || compareBuild(version, newerThan) <= 0 ? [] : [{ version, tag }];
  });
  return newestFirst(found.filter(({ version }) => counts(version, prereleases)));
}

/** The version of the launcher that a tag names, or undefined for every other tag. */
export function versionOfLauncherTag(tag: string): string | undefined {
  return tag.startsWith(PREFIX) ? versionOfTag(tag.slice(PREFIX.length)) : undefined;
}
