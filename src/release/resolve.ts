import { prerelease, Range } from "semver";
import { AppError, type Remedy } from "../errors.ts";
import { compareRanks, rankOf } from "./precedence.ts";
import { formatVersionRequest, type VersionRequest } from "./versionRequest.ts";
import { versionOfTag } from "./versionTag.ts";

/** Which pre-releases count: all, none, or those of a channel, whose name comes first in them (`2.0.0-beta.1`). */
export type Prereleases = boolean | string;

export interface VersionQuestion {
  readonly tags: readonly string[];
  readonly request: VersionRequest;
  readonly prereleases: Prereleases;
  /** The version that is installed: nothing lower is chosen unless the request excludes it. */
  readonly installed?: string;
  /** Versions that do not run on this computer. */
  readonly quarantined: readonly string[];
}

export interface Candidate {
  readonly version: string;
  readonly tag: string;
}

/** The versions that are allowed, newest first. What is installed is among them as long as the request has it. */
export function selectVersions(question: VersionQuestion): Candidate[] {
  const allowed = openFilter(question);
  return newestFirst(parseTags(question.tags).filter(({ version }) => allowed(version)));
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

/** By SemVer precedence, by build where that is equal, and by text where that is too (`+1`, `+01`). */
export function newestFirst(candidates: readonly Candidate[]): Candidate[] {
  // Looked at once each, not at every comparison: a repository may have 100,000 tags.
  return candidates
    .map((candidate) => ({ candidate, rank: rankOf(candidate.version) }))
    .sort((a, b) => compareRanks(b.rank, a.rank) || (a.candidate.version < b.candidate.version ? 1 : -1))
    .map(({ candidate }) => candidate);
}

// So many are named in a sentence.
const NAMED = 5;
/** So many of the newest are looked at to name them, and to say that there are more. */
export const MENTIONED = NAMED + 1;

/** What else somebody might have asked for, which an empty selection is explained by. */
export function relaxQuestion<Question extends Omit<VersionQuestion, "tags">>(question: Question) {
  const { installed: _installed, ...withoutInstalled } = question;
  const quarantined: readonly string[] = [];
  return {
    quarantinedToo: { ...question, quarantined },
    prereleasesToo: { ...question, quarantined, prereleases: true },
    olderToo: { ...withoutInstalled, quarantined },
  };
}

/** The sentence for an empty selection: what was looked for, what there is, what to do. */
export function explainNoVersion(question: VersionQuestion): AppError {
  const wanted = formatVersionRequest(question.request);
  const all = newestFirst(parseTags(question.tags)).map(({ version }) => version);
  if (all.length === 0) {
    return notFound("the repository has no version tags", {
      hint: "Releases are tagged with versions such as 1.4.2: ask the publisher to push one.",
    });
  }
  const { quarantinedToo, prereleasesToo, olderToo } = relaxQuestion(question);
  const [tried] = versionsOf(quarantinedToo);
  if (tried !== undefined) {
    return notFound(`version ${tried} is left out: it did not run on this computer, or you went back`, {
      hint: "To try it again, start the program with: --launcher update",
    });
  }
  const prereleases = versionsOf(prereleasesToo);
  if (prereleases.length > 0) {
    return notFound(`there are only pre-releases for ${wanted}: ${few(prereleases)}`, {
      hint: "Choose their channel, or name one of them as the version.",
      remedy: { kind: "choose-prerelease" },
    });
  }
  const { installed } = question;
  const lower = versionsOf(olderToo);
  if (installed !== undefined && lower.length > 0) {
    return notFound(
      `there is nothing for ${wanted} that is not older than ${installed}, which is installed: ${few(lower)}`,
      {
        hint: "To go back, name one of these as the version.",
        remedy: { kind: "choose-version" },
      },
    );
  }
  return notFound(`there is no version ${wanted}; the newest are ${few(all)}`, {
    hint: 'Name one of these as the version, or "latest".',
    remedy: { kind: "choose-version" },
  });
}

/** Versions first, newest at the top, then all other tags by name. */
export function orderTags(tags: readonly string[]): string[] {
  const named = new Set(newestFirst(parseTags(tags)).map(({ tag }) => tag));
  return [...named, ...tags.filter((tag) => !named.has(tag)).sort()];
}

/** Whether a version is allowed. */
export function openFilter({
  request,
  prereleases,
  installed,
  quarantined,
}: Omit<VersionQuestion, "tags">): (version: string) => boolean {
  const left = new Set(quarantined);
  const least = installed === undefined ? undefined : rankOf(installed);
  const notLower = (version: string): boolean => least === undefined || compareRanks(rankOf(version), least) >= 0;
  switch (request.kind) {
    case "latest":
      return (version) =>
        !left.has(version) && (version === installed || (counts(version, prereleases) && notLower(version)));
    case "exact":
      return (version) => version === request.version && !left.has(version);
    case "range": {
      const range = new Range(request.range, { includePrerelease: prereleases === true });
      const whole = new Range(request.range, { includePrerelease: true });
      const keepsInstalled = installed !== undefined && whole.test(installed);
      // A range that names a pre-release (">=2.0.0-rc.1") lets that version's pre-releases in by itself.
      const within = (version: string): boolean =>
        range.test(version) || (isPrerelease(version) && counts(version, prereleases) && whole.test(version));
      return (version) =>
        !left.has(version) &&
        (keepsInstalled ? version === installed || (notLower(version) && within(version)) : within(version));
    }
    case "digest":
      return () => false;
  }
}

/** Whether the version is a release, or a pre-release of a kind that counts. */
export function counts(version: string, prereleases: Prereleases): boolean {
  if (prereleases === true || !isPrerelease(version)) return true;
  return prereleases !== false && prerelease(version)?.[0] === prereleases;
}

// Much cheaper than parsing again: a hyphen before the build is where a pre-release begins.
export function isPrerelease(version: string): boolean {
  return (version.split("+", 1)[0] ?? "").includes("-");
}

function versionsOf(question: VersionQuestion): string[] {
  return selectVersions(question).map(({ version }) => version);
}

function few(versions: readonly string[]): string {
  return `${versions.slice(0, NAMED).join(", ")}${versions.length > NAMED ? ", ..." : ""}`;
}

function notFound(message: string, options: { hint: string; remedy?: Remedy }): AppError {
  return new AppError("not-found", message, options);
}
