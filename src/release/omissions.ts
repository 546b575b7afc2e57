import { compareBuild } from "semver";
import { counts, newestFirst, parseTags, selectVersions, type VersionQuestion } from "./resolve.ts";

/** A version that is not taken. */
export interface Omission {
  readonly version: string;
  /** A part of a sentence. */
  readonly reason: string;
}

/** Why versions that are newer than what is installed are not among those that are allowed; the newest first. */
export function explainOmissions(question: VersionQuestion): Omission[] {
  const allowed = new Set(selectVersions(question).map(({ version }) => version));
  const { installed, quarantined, prereleases, request } = question;
  return newestFirst(parseTags(question.tags)).flatMap(({ version }) => {
    if (allowed.has(version)) return [];
    if (installed !== undefined && compareBuild(version, installed) <= 0) return [];
    if (quarantined.includes(version))
      return [{ version, reason: "it did not run on this computer, or you went back" }];
    if (!counts(version, prereleases) && request.kind !== "exact") return [{ version, reason: "it is a pre-release" }];
    return [{ version, reason: "another version is asked for" }];
  });
}
