import { prereleasesOf } from "../../config/settings.ts";
import type { Installer } from "../../config/installer.ts";
import { type LauncherTag, selectLaunchers } from "../../release/launcherTag.ts";
import { parseVersionRequest } from "../../release/versionRequest.ts";
import type { ChannelDocument } from "../../trust/channelDocument.ts";
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
