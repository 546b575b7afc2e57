import { compareBuild, prerelease, Range, satisfies } from "semver";
import { AppError } from "../errors.ts";
import { formatVersionRequest, type VersionRequest } from "./versionRequest.ts";
import { versionOfTag } from "./versionTag.ts";

export interface VersionQuestion {
  readonly tags: readonly string[];
  readonly request: VersionRequest;
  readonly prereleases: boolean;
  /** The version that is installed: nothing lower is chosen unless the request excludes it. */
  readonly installed?: string;
  /** Versions that do not run on this computer. */
  readonly quarantined: readonly string[];
}

export interface Candidate {
  readonly version: string;
  readonly tag: string;
}

/** The versions that are allowed, newest first. */
export function selectVersions(question: VersionQuestion): Candidate[] {
  const allowed = openFilter(question);
  return parseTags(question.tags)
    .filter(({ version }) => allowed(version))
    .sort((a, b) => compareBuild(b.version, a.version));
}

/** Each version once; the tag without a `v` wins over the one with it. */
export function parseTags(tags: readonly string[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const tag of tags) {
    const version = versionOfTag(tag);
    if (version === undefined) continue;
    if (!found.has(version) || !tag.startsWith("v")) found.set(version, { version, tag });
  }
  return [...found.values()];
}

/** The sentence for an empty selection: what was looked for, what there is, what to do. */
export function explainNoVersion(question: VersionQuestion): AppError {
  const wanted = formatVersionRequest(question.request);
  const all = parseTags(question.tags).sort((a, b) => compareBuild(b.version, a.version));
  if (all.length === 0) {
    return new AppError("not-found", "the repository has no version tags", {
      hint: "Releases are tagged with versions such as 1.4.2: ask the publisher to push one.",
    });
  }
  const newest = all
    .slice(0, 5)
    .map(({ version }) => version)
    .join(", ");
  const withoutQuarantine = selectVersions({ ...question, quarantined: [] });
  if (withoutQuarantine.length > 0) {
    return new AppError(
      "not-found",
      `version ${withoutQuarantine[0]?.version ?? wanted} did not run on this computer and is left out`,
      {
        hint: "To try it again, start the program with: --launcher update",
      },
    );
  }
  if (selectVersions({ ...question, prereleases: true }).length > 0) {
    return new AppError("not-found", `there are only pre-releases for ${wanted}: ${newest}`, {
      hint: 'Set "prereleases": true, or name one as the version.',
    });
  }
  return new AppError("not-found", `there is no version ${wanted}; the newest are ${newest}`, {
    hint: 'Set "version" to one of these, or to "latest".',
  });
}

function openFilter({ request, prereleases, installed, quarantined }: VersionQuestion): (version: string) => boolean {
  const left = new Set(quarantined);
  const ordinary = (version: string): boolean => !left.has(version) && (prereleases || prerelease(version) === null);
  const notLower = (version: string): boolean => installed === undefined || compareBuild(version, installed) >= 0;
  switch (request.kind) {
    case "latest":
      return (version) => ordinary(version) && notLower(version);
    case "exact":
      return (version) => version === request.version && !left.has(version);
    case "range": {
      const range = new Range(request.range, { includePrerelease: prereleases });
      const keepsInstalled = installed !== undefined && satisfies(installed, range, { includePrerelease: true });
      // A range that names a pre-release (">=2.0.0-rc.1") lets that version's pre-releases in by itself.
      return (version) => !left.has(version) && range.test(version) && (!keepsInstalled || notLower(version));
    }
    case "digest":
      return () => false;
  }
}

/** Versions first, newest at the top, then all other tags by name. */
export function orderTags(tags: readonly string[]): string[] {
  const versions = parseTags(tags).sort((a, b) => compareBuild(b.version, a.version));
  const named = new Set(versions.map(({ tag }) => tag));
  return [...named, ...tags.filter((tag) => !named.has(tag)).sort()];
}
