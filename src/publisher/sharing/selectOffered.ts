import { compareBuild } from "semver";
import { prereleasesOf } from "../../config/settings.ts";
import type { Installer } from "../../config/installer.ts";
import { unlessOfNoUse } from "../../errors.ts";
import { type LauncherTag, selectLaunchers } from "../../release/launcherTag.ts";
import { parseVersionRequest } from "../../release/versionRequest.ts";
import type { ChannelDocument } from "../../trust/channelDocument.ts";
import type { Believed } from "./believed.ts";
import { chooseFromChannel, chooseFromTags } from "../../update/chooseReleases.ts";

export interface OfferedVersion {
  readonly version: string;
  /** By which people ask for it. */
  readonly tag: string;
  /** By which the registry is asked: the tag, or the digest that a channel's document names. */
  readonly label: string;
}

/** What a page may tell of, newest first. */
export interface Offered {
  readonly versions: readonly OfferedVersion[];
  readonly launchers: readonly LauncherTag[];
}

/**
 * What a repository offers, as far as it is believed. A channel's document that launchers refuse keeps them where they
 * are: no version is announced then, and launchers are handed out all the same.
 */
export async function readOffered(believed: Believed, installer: Installer | undefined): Promise<Offered> {
  let refused = false;
  const document = await unlessOfNoUse(
    async () => await believed.readDocument(),
    () => (refused = true),
  );
  const offered = selectOffered(believed.tags, { installer, document });
  return refused ? { ...offered, versions: [] } : offered;
}

/**
 * Whether a version is anybody's to have: one that was taken back is not, nor one that is newer than all that the channel
 * offers, for it was not promoted yet. Older ones stay. Pure.
 */
export function isReleased({ releases, yanked }: ChannelDocument, version: string): boolean {
  if (yanked.some((entry) => entry.version === version)) return false;
  return releases.some((release) => compareBuild(release.version, version) >= 0);
}

// Lower than every version.
const LOWEST = "0.0.0-0";

/**
 * What a computer gets that nobody knows anything about: a release that is offered to a part of all computers so far is
 * not what a page announces. Pure.
 */
export function selectOffered(
  tags: readonly string[],
  {
    installer,
    document,
  }: { readonly installer: Installer | undefined; readonly document: ChannelDocument | undefined },
): Offered {
  const prereleases = installer === undefined ? false : prereleasesOf(installer);
  const question = { request: parseVersionRequest(installer?.version ?? "latest"), quarantined: [] };
  const { offers } =
    document === undefined
      ? chooseFromTags({ ...question, tags, prereleases })
      : chooseFromChannel(offeredToAll(document), question, { installId: "" });
  return {
    versions: offers.map(({ version, tag, digest }) => ({ version, tag, label: digest ?? tag })),
    launchers: selectLaunchers(tags, { newerThan: LOWEST, prereleases }),
  };
}

function offeredToAll(document: ChannelDocument): ChannelDocument {
  return { ...document, releases: document.releases.filter(({ rollout }) => rollout === 100) };
}
