import type { Installer } from "../config/installer.ts";
import { checkValue } from "../config/overrides.ts";
import { unlessOfNoUse } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { TaggedStorage } from "../oci/storage.ts";
import { type Candidate, counts, newestFirst, parseTags, type Prereleases } from "../release/resolve.ts";
import { tagOfVersion } from "../release/versionTag.ts";
import {
  CHANNEL_DOCUMENT,
  type ChannelDocument,
  channelOfTag,
  type ReadChannel,
  readChannel,
  tagOfChannel,
  yankReason,
} from "../trust/channelDocument.ts";
import { fetchDocument } from "../trust/document.ts";
import type { Keyring } from "../trust/keyring.ts";
import { emptyChannel } from "../trust/planChannel.ts";
import { type VerifiedRelease, verifyRelease } from "../trust/verifyRelease.ts";

/** A program's repository, and who is believed about it. */
export interface ChannelPlace {
  readonly installer: Installer;
  readonly repository: TaggedStorage;
  readonly tags: readonly string[];
  readonly keyring: Keyring | undefined;
}

/** The document of a channel, verified. @returns undefined when there is none. @throws AppError `bad-data`. */
export async function fetchChannelDocument(
  { installer: { id }, repository, tags, keyring }: ChannelPlace,
  channel: string,
): Promise<ReadChannel | undefined> {
  const tag = tagOfChannel(channel);
  if (!tags.includes(tag)) return undefined;
  const envelope = await fetchDocument(repository, tag, { payloadType: CHANNEL_DOCUMENT });
  return readChannel(envelope, { quorum: keyring, id, channel });
}

// So many older releases are there for whoever is not among the first of a new one.
const MAX_SEEDS = 10;

/**
 * The document to go on from: the one that is published, or one that offers what the tags have offered until now, so
 * that nobody is left with nothing by the first one.
 *
 * @param below the version that is to be offered: what is newer was not meant. @throws AppError `bad-data` for a document
 * that cannot be believed.
 */
export async function openChannel(place: ChannelPlace, channel: string, below?: string): Promise<ChannelDocument> {
  const published = await fetchChannelDocument(place, channel);
  if (published !== undefined) return published.document;
  const releases = await seedReleases(place, versionsBelow(place, channel, below));
  return { ...emptyChannel(place.installer.id, channel), releases };
}

/** The versions that launchers of the channel take by the tags, the newest first. */
export function versionsBelow({ installer, tags }: ChannelPlace, channel: string, below?: string): Candidate[] {
  const prereleases: Prereleases = installer.prereleases || (channel === "stable" ? false : channel);
  const versions = newestFirst(parseTags(tags).filter(({ version }) => counts(version, prereleases)));
  return versions.slice(below === undefined ? 0 : versions.findIndex(({ version }) => version === below) + 1);
}

/** The newest of these as releases, for everybody unless something else is said. */
export async function seedReleases(
  place: ChannelPlace,
  candidates: readonly Candidate[],
  rolloutOf: (candidate: Candidate) => number = () => 100,
): Promise<ChannelDocument["releases"]> {
  const releases: ChannelDocument["releases"] = [];
  for (const candidate of candidates.slice(0, MAX_SEEDS)) {
    const { version } = candidate;
    const digest = await digestIfSigned(place, candidate);
    if (digest !== undefined) releases.push({ version, digest, rollout: rolloutOf(candidate), critical: false });
  }
  return releases;
}

async function digestIfSigned(
  place: ChannelPlace,
  release: { readonly version: string; readonly tag: string },
): Promise<Digest | undefined> {
  // What launchers would not take was never offered.
  return (await unlessOfNoUse(async () => await checkRelease(place, release)))?.digest;
}

/** What is to be offered has to be what launchers will take. @throws AppError `bad-data`, `not-found`. */
export async function checkRelease(
  { installer, repository, tags, keyring }: ChannelPlace,
  { version, tag = tagOfVersion(version) }: { readonly version: string; readonly tag?: string },
): Promise<{ readonly digest: Digest; readonly verified: VerifiedRelease | undefined }> {
  const root = await repository.fetchManifest(tag);
  const { digest } = root.descriptor;
  if (keyring === undefined) return { digest, verified: undefined };
  const expected = { id: installer.id, kind: "program", version } as const;
  return {
    digest,
    verified: await verifyRelease(repository, root, { quorum: keyring, expected, tags: new Set(tags) }),
  };
}

/** All channels that have a document, or something in its place. Other names are none that a launcher follows. */
export function channelsOf(tags: readonly string[]): string[] {
  const names = tags.flatMap((tag) => channelOfTag(tag) ?? []);
  return names.filter((name) => checkValue.channel(name) === undefined && name === name.toLowerCase()).sort();
}

export interface Named {
  readonly tags: readonly string[];
  readonly version: string;
  /** Of the index that the version stands for now. */
  readonly digest: Digest;
  readonly keyring: Keyring | undefined;
}

/**
 * Channels that offer the version by another index than this one, and whether their documents are signed by keys that
 * hold. What cannot be read offers nothing.
 */
export async function channelsBehind(
  repository: TaggedStorage,
  { tags, version, digest, keyring }: Named,
): Promise<{ readonly channel: string; readonly believed: boolean }[]> {
  const found: { channel: string; believed: boolean }[] = [];
  for (const channel of channelsOf(tags)) {
    const envelope = await unlessOfNoUse(
      async () => await fetchDocument(repository, tagOfChannel(channel), { payloadType: CHANNEL_DOCUMENT }),
    );
    if (envelope === undefined) continue;
    const read = async (quorum: Keyring | undefined) =>
      await unlessOfNoUse(async () => readChannel(envelope, { quorum, id: undefined, channel }));
    const document = (await read(undefined))?.document;
    if (document === undefined || yankReason(document, version) !== undefined) continue;
    if (document.releases.some((release) => release.version === version && release.digest !== digest))
      found.push({ channel, believed: (await read(keyring)) !== undefined });
  }
  return found;
}
