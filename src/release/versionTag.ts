import { parse } from "semver";
import { AppError } from "../errors.ts";

// distribution-spec "Pulling manifests": a tag has at most 128 characters.
const MAX_TAG = 128;

/**
 * The SemVer 2.0 version that a tag names, without a leading `v`, or undefined for every other tag (`latest`, `1.2`,
 * `sha256-...`, `channel-beta`). A tag cannot hold `+`: `1.4.0_7` is version `1.4.0+7`, as Helm has it.
 */
export function versionOfTag(tag: string): string | undefined {
  const text = tag.startsWith("v") ? tag.slice(1) : tag;
  // Cheap, and true for nearly all other tags: 100,000 of them are looked at in a moment.
  const first = text.charCodeAt(0);
  if (first < 48 || first > 57) return undefined;
  const parsed = parse(text.replace("_", "+"));
  // SemVer's parser trims and takes "=1.0.0"; a version is only what it gives back unchanged.
  const version = parsed === null ? undefined : parsed.raw;
  return version === text.replace("_", "+") ? version : undefined;
}

/** @throws AppError `usage` when the version does not fit into a tag. */
export function tagOfVersion(version: string): string {
  const tag = version.replace("+", "_");
  if (tag.length > MAX_TAG) {
    throw new AppError("usage", `version ${version} is longer than the ${MAX_TAG} characters of a tag`);
  }
  return tag;
}
