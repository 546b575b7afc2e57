import type { TaggedStorage } from "../oci/storage.ts";
import { selectLaunchers } from "../release/launcherTag.ts";
import { openReduction } from "../release/reduceTags.ts";
import type { Prereleases, VersionQuestion } from "../release/resolve.ts";
import { tagOfChannel } from "../trust/channelDocument.ts";
import { type CosignTags, openCosignTags } from "../trust/cosignTags.ts";
import type { Keyring } from "../trust/keyring.ts";
import { mayLeadToKeys } from "./findKeys.ts";

/** What a check asks the tags of a repository. */
export interface TagNeeds {
  /** Which versions, and how many of the newest; undefined where none are asked for. */
  readonly versions: { readonly question: Omit<VersionQuestion, "tags">; readonly most: number } | undefined;
  /** Which launchers count. */
  readonly prereleases: Prereleases;
  /** Whose document may be asked for. */
  readonly channel: string;
  /** The keys that are known; undefined where nobody has to sign. */
  readonly keyring: Keyring | undefined;
}

export interface NeededTags {
  /** In no particular order. */
  readonly tags: readonly string[];
  /** How many the repository listed. */
  readonly listed: number;
  /** Where somebody has to sign. */
  readonly signatures: CosignTags;
}

export const NO_TAGS: NeededTags = { tags: [], listed: 0, signatures: new Set() };

/** So many launchers are looked at: who stopped building for a platform should not cost 1,000 requests. */
export const MAX_LAUNCHERS = 5;
// Two tags may name the one that is left out (`launcher-1.0.0`, `launcher-v1.0.0`).
const KEPT_LAUNCHERS = MAX_LAUNCHERS + 2;
const LOWEST = "0.0.0-0";

/**
 * The tags that may be needed: every question to them has the same answer as with all of them. The others are let go
 * page by page, so that a repository may have 100,000 and no computer keeps more than a few.
 */
export async function listNeededTags(
  source: TaggedStorage,
  { versions, prereleases, channel, keyring }: TagNeeds,
  signal: AbortSignal,
): Promise<NeededTags> {
  const offered = versions === undefined ? undefined : openReduction(versions.question, versions.most);
  const reduceLaunchers = (tags: readonly string[]): string[] => {
    const newest = selectLaunchers(tags, { newerThan: LOWEST, prereleases }).map(({ tag }) => tag);
    return [...new Set(newest)].slice(0, KEPT_LAUNCHERS);
  };
  const documents = tagOfChannel(channel);
  const isNeeded = (tag: string): boolean =>
    tag === documents || (keyring !== undefined && mayLeadToKeys(tag, keyring));

  let listed = 0;
  let launchers: readonly string[] = [];
  const others = new Set<string>();
  const signatures = openCosignTags();
  for await (const page of pagesOf(source, signal)) {
    listed += page.length;
    offered?.add(page);
    launchers = reduceLaunchers([...launchers, ...page]);
    for (const tag of page) {
      if (isNeeded(tag)) others.add(tag);
      if (keyring !== undefined) signatures.add(tag);
    }
  }
  return { tags: [...(offered?.tags() ?? []), ...launchers, ...others], listed, signatures };
}

async function* pagesOf(source: TaggedStorage, signal: AbortSignal): AsyncIterable<readonly string[]> {
  if (source.tagPages === undefined) yield await source.tags({ signal });
  else yield* source.tagPages({ signal });
}
