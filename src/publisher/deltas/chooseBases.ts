import { compareBuild } from "semver";
import { type Candidate, counts, newestFirst, parseTags } from "../../release/resolve.ts";

/**
 * The releases that a person may have who gets this one: those below it, the newest first. Before a stable one, stable
 * ones come first, since few people have any other.
 */
export function chooseBases(tags: readonly string[], version: string): Candidate[] {
  const lower = newestFirst(parseTags(tags).filter((other) => compareBuild(other.version, version) < 0));
  if (!isStable(version)) return lower;
  return [...lower.filter((other) => isStable(other.version)), ...lower.filter((other) => !isStable(other.version))];
}

function isStable(version: string): boolean {
  return counts(version, false);
}
