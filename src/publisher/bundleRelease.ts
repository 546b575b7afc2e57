import { createLayoutArchive } from "../archive/layoutArchive.ts";
import type { Installer } from "../config/installer.ts";
import { prereleasesOf } from "../config/settings.ts";
import { AppError } from "../errors.ts";
import { copyGraph } from "../oci/copy.ts";
import { childrenOf } from "../oci/manifest.ts";
import { isIndexType, isManifestType } from "../oci/mediaTypes.ts";
import { formatPlatform, type Platform, selectPlatform } from "../oci/platform.ts";
import type { TaggedStorage } from "../oci/storage.ts";
import { explainNoVersion } from "../release/resolve.ts";
import { parseVersionRequest, type VersionRequest } from "../release/versionRequest.ts";
import { verifyRelease } from "../trust/verifyRelease.ts";
import { chooseFromChannel, chooseFromTags, type Offer } from "../update/chooseReleases.ts";
import { selectManifest } from "../update/selectManifest.ts";
import { type ChannelPlace, fetchChannelDocument } from "./channels.ts";
import { currentKeys } from "./trust.ts";

export interface BundleRequest {
  readonly installer: Installer;
  readonly platform: Platform;
  /** The tar to write. */
  readonly file: string;
}

/**
 * Writes the release that a first start would install into a tar: its index, and what one platform needs of it.
 *
 * @returns its version. @throws AppError `not-found` when no release that is asked for has the platform.
 */
export async function bundleRelease(
  source: TaggedStorage,
  { installer, platform, file }: BundleRequest,
): Promise<string> {
  const request = parseVersionRequest(installer.version);
  if (request.kind === "digest") {
    throw new AppError("usage", "a release that is pinned by its digest has no version to bundle it under", {
      hint: 'Set "version" in installer.json to a version, or build without --bundle.',
    });
  }
  const tags = await source.tags();
  const keyring = await currentKeys(installer, source, tags);
  const offers = await chooseForAll({ installer, repository: source, tags, keyring }, request);
  for (const { tag, version, digest } of offers) {
    const root = await source.fetchManifest(digest ?? tag);
    // Launchers believe what came along with them: here is where it is looked at.
    const expected = { id: installer.id, kind: "program", version } as const;
    if (keyring !== undefined) await verifyRelease(source, root, { quorum: keyring, expected, tags: new Set(tags) });
    if ((await selectManifest(source, root, { host: platform })) === undefined) continue;
    await using archive = await createLayoutArchive(file, { replace: true });
    await copyGraph(source, archive, root.descriptor, {
      tag,
      selectChildren(manifest) {
        if (manifest.kind === "image") return childrenOf(manifest);
        const own = selectPlatform(
          manifest.manifests.filter(({ mediaType }) => isManifestType(mediaType)),
          platform,
        );
        // What is not found here may be in an index that is nested in it.
        return own === undefined ? manifest.manifests.filter(({ mediaType }) => isIndexType(mediaType)) : [own];
      },
    });
    await archive.finish();
    return version;
  }
  throw new AppError("not-found", `no release that is asked for has ${formatPlatform(platform)}`, {
    hint: "Push one for this platform first, or build without --bundle.",
  });
}

/** What everybody is offered: by the channel's document, or where there is none by the tags. @throws AppError `not-found`. */
async function chooseForAll(place: ChannelPlace, request: VersionRequest): Promise<readonly Offer[]> {
  const { installer, tags } = place;
  const channel = await fetchChannelDocument(place, installer.channel);
  const asked = { tags, request, prereleases: prereleasesOf(installer), quarantined: [] };
  if (channel === undefined || request.kind === "exact") {
    const { offers } = chooseFromTags(asked);
    if (offers.length === 0) throw explainNoVersion(asked);
    return offers;
  }
  const releases = channel.document.releases.filter(({ rollout }) => rollout === 100);
  const { offers } = chooseFromChannel({ ...channel.document, releases }, asked, { installId: "everybody" });
  if (offers.length > 0) return offers;
  throw new AppError("not-found", `the channel ${installer.channel} has no release for everybody`, {
    hint: "Offer one to all first: slipway rollout CHANNEL 100%. Or name a version in installer.json.",
  });
}
