import { AppError } from "../errors.ts";
import { parseManifest } from "../oci/manifest.ts";
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

/**
 * A document to go on from in the place of one that is not believed any more, or cannot be read. Its number goes on,
 * because computers have seen it.
 *
 * @throws AppError `bad-data` where the number cannot be told, `usage` for one that launchers would refuse.
 */
export async function openAnew(
  place: ChannelPlace,
  { channel, version, sequence: wanted }: AnewOptions,
): Promise<ChannelDocument> {
  const { installer, keyring, tags } = place;
  const empty = emptyChannel(installer.id, channel);
  const isThere = tags.includes(tagOfChannel(channel));
  const envelope = isThere ? await fetchAnyEnvelope(place, channel) : undefined;
  const old = envelope === undefined ? undefined : readOldChannel(envelope, empty);
  const remembered = keyring === undefined || (envelope !== undefined && signersOf(envelope, keyring.keys).length > 0);
  const sequence = lastNumber(isThere ? old?.sequence : 0, { channel, remembered, wanted });
  const releases = await seedReleases(place, versionsBelow(place, channel, version));
  return { ...empty, releases, sequence };
}

// A document has one.
const MAX_LAYERS = 4;

/** Whatever is signed there, also by a Slipway of later. @returns undefined where nothing is. */
async function fetchAnyEnvelope({ repository }: ChannelPlace, channel: string): Promise<Envelope | undefined> {
  const tag = tagOfChannel(channel);
  return await unlessUnreadable(async () => {
    const { bytes, descriptor } = await repository.fetchManifest(tag);
    const manifest = parseManifest(bytes, descriptor.mediaType);
    for (const layer of manifest.kind === "image" ? manifest.layers.slice(0, MAX_LAYERS) : []) {
      const found = await unlessUnreadable(async () => parseEnvelope(await readLayer(repository, layer, {}), tag));
      if (found !== undefined) return found;
    }
    return undefined;
  });
}

/** A registry that does not answer is another matter. */
async function unlessUnreadable<Read>(read: () => Promise<Read>): Promise<Read | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && (error.code === "bad-data" || error.code === "not-found")) return undefined;
    throw error;
  }
}
