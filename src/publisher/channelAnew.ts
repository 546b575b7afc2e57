import { unlessOfNoUse } from "../errors.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { Candidate } from "../release/resolve.ts";
import { type ChannelDocument, tagOfChannel } from "../trust/channelDocument.ts";
import { readLayer } from "../trust/document.ts";
import { type Envelope, parseEnvelope, signersOf } from "../trust/dsse.ts";
import { lastNumber, readOldChannel } from "../trust/oldChannel.ts";
import { emptyChannel } from "../trust/planChannel.ts";
import { type ChannelPlace, seedReleases, versionsBelow } from "./channels.ts";

export interface AnewOptions {
  readonly channel: string;
  /** The version that is to be offered. */
  readonly version: string;
  /** The number to publish, where the old document does not tell it. */
  readonly sequence: number | undefined;
}

export interface BegunAnew {
  readonly document: ChannelDocument;
  /** To how many percent the old document offered the version, if it did. */
  readonly rollout: number | undefined;
  /** What the publisher should know of the old document: a line each. */
  readonly notes: readonly string[];
}

/**
 * A document to go on from in the place of one that is not believed any more, or cannot be read. Its number goes on,
 * because computers have seen it. Whoever signed it, it may go on withholding: what it took back stays so, and nothing
 * older than the version is offered to more people than it was.
 *
 * @throws AppError `bad-data` where the number cannot be told, `usage` for one that launchers would refuse.
 */
export async function openAnew(
  place: ChannelPlace,
  { channel, version, sequence: wanted }: AnewOptions,
): Promise<BegunAnew> {
  const { installer, keyring, tags } = place;
  const empty = emptyChannel(installer.id, channel);
  const isThere = tags.includes(tagOfChannel(channel));
  const envelope = isThere ? await fetchAnyEnvelope(place, channel) : undefined;
  const old = envelope === undefined ? undefined : readOldChannel(envelope, empty);
  const remembered = keyring === undefined || (envelope !== undefined && signersOf(envelope, keyring.keys).length > 0);
  const sequence = lastNumber(isThere ? old?.sequence : 0, { channel, remembered, wanted });

  const offered = old?.offered;
  const candidates = versionsBelow(place, channel, version);
  const wasOffered = ({ version }: Candidate): boolean => offered?.has(version) ?? true;
  const rollout = ({ version }: Candidate): number => offered?.get(version) ?? 100;
  const releases = await seedReleases(place, candidates.filter(wasOffered), rollout);
  // Whoever names a version wants it offered.
  const yanked = (old?.yanked ?? []).filter((entry) => entry.version !== version);
  const notes = [
    ...(isThere && offered === undefined ? [notRead(releases)] : []),
    ...yanked.map(
      ({ version, reason }) => `still yanked: ${version} (${reason}). If not: slipway yank ${version} --undo`,
    ),
    ...(old?.yanked ?? [])
      .filter((entry) => entry.version === version)
      .map(({ reason }) => `no longer yanked, because it was promoted: ${version} (${reason})`),
    ...releases
      .filter(({ rollout }) => rollout < 100)
      .map(
        ({ version, rollout }) =>
          `still for ${rollout} %: ${version}. For more: slipway rollout ${channel} 100% ${version}`,
      ),
    ...leftOut(
      candidates.filter((candidate) => !wasOffered(candidate)),
      channel,
    ),
  ];
  const document = { ...empty, ...old?.good, releases, yanked, sequence };
  return { document, rollout: offered?.get(version), notes };
}

function notRead(releases: ChannelDocument["releases"]): string {
  const all = releases.map(({ version }) => version).join(", ");
  return (
    "what the document offered to few or took back cannot be read, and has to be said again" +
    (all === "" ? "" : `. Offered to everybody now: ${all}`)
  );
}

// There may be thousands of nightly ones.
const MAX_NAMED = 5;

function leftOut(candidates: readonly Candidate[], channel: string): string[] {
  if (candidates.length === 0) return [];
  const named = candidates.slice(0, MAX_NAMED).map(({ version }) => version);
  const more = candidates.length > MAX_NAMED ? ", ..." : "";
  return [
    `not offered before, so not now: ${named.join(", ")}${more}. If one should be: slipway promote VERSION --channel ${channel}`,
  ];
}

// A document has one.
const MAX_LAYERS = 4;

/** Whatever is signed there, also by a Slipway of later. @returns undefined where nothing is. */
export async function fetchAnyEnvelope({ repository }: ChannelPlace, channel: string): Promise<Envelope | undefined> {
  const tag = tagOfChannel(channel);
  return await unlessOfNoUse(async () => {
    const { bytes, descriptor } = await repository.fetchManifest(tag);
    const manifest = parseManifest(bytes, descriptor.mediaType);
    for (const layer of manifest.kind === "image" ? manifest.layers.slice(0, MAX_LAYERS) : []) {
      const found = await unlessOfNoUse(async () => parseEnvelope(await readLayer(repository, layer, {}), tag));
      if (found !== undefined) return found;
    }
    return undefined;
  });
}
