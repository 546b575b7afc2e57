import { parse } from "semver";
import { AppError } from "../errors.ts";
import { isPlain } from "./precedence.ts";

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
  if (isPlain(text)) return text;
  const version = text.replace("_", "+");
  const parsed = parse(version);
  if (parsed === null) return undefined;
  // SemVer's parser trims; a version is only what it gives back unchanged.
  const build = parsed.build.length === 0 ? "" : `+${parsed.build.join(".")}`;
  return `${parsed.version}${build}` === version ? version : undefined;
}

/** @throws AppError `usage` when the version does not fit into a tag. */
export function tagOfVersion(version: string): string {
  const tag = version.replace("+", "_");
  if (tag.length > MAX_TAG) {
    throw new AppError("usage", `version ${version} is longer than the ${MAX_TAG} characters of a tag`);
  }
  return tag;
}
