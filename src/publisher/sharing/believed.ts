import type { Installer } from "../../config/installer.ts";
import { unlessOfNoUse } from "../../errors.ts";
import type { FetchedManifest, TaggedStorage } from "../../oci/storage.ts";
import { type ChannelDocument, readChannel, tagOfChannel } from "../../trust/channelDocument.ts";
import type { ReleaseKind } from "../../trust/releaseStatement.ts";
import { verifyRelease } from "../../trust/verifyRelease.ts";
import { fetchChannel } from "../../update/findChannel.ts";
import { currentKeys } from "../trust.ts";

/** What a repository says, as far as launchers believe it. */
export interface Believed {
  readonly tags: readonly string[];
  /** Of the channel that the launchers follow; undefined where there is none. */
  readonly document: ChannelDocument | undefined;
  /** @throws AppError `bad-data` for what nobody signed who has to. */
  verify(
    root: FetchedManifest,
    expected: { readonly kind: ReleaseKind; readonly version: string | undefined },
  ): Promise<void>;
}

const DEFAULT_CHANNEL = "stable";

/**
 * Asks a repository for its tags, for the keys that hold by now, and for the channel's document. Without an installer.json
 * nobody has to have signed anything: who can write to the registry decides.
 *
 * @throws AppError `bad-data` for a document that launchers would refuse.
 */
export async function readBelieved(
  source: TaggedStorage,
  { installer, signal }: { readonly installer: Installer | undefined; readonly signal: AbortSignal },
): Promise<Believed> {
  const tags = await source.tags({ signal });
  const keyring = installer === undefined ? undefined : await currentKeys(installer, source, tags);
  const channel = installer?.channel ?? DEFAULT_CHANNEL;
  const envelope = tags.includes(tagOfChannel(channel)) ? await fetchChannel(source, channel, signal) : undefined;
  const read =
    envelope === undefined ? undefined : readChannel(envelope, { quorum: keyring, id: installer?.id, channel });
  return {
    tags,
    document: read?.document,
    async verify(root, { kind, version }) {
      if (keyring === undefined) return;
      const expected = { id: installer?.id, kind, version };
      await verifyRelease(source, root, { quorum: keyring, expected, tags, signal });
    },
  };
}

/** The first of the candidates that is whole and believed. @returns undefined where none is. */
export async function firstOfUse<Candidate, Found>(
  candidates: readonly Candidate[],
  look: (candidate: Candidate) => Promise<Found>,
): Promise<Found | undefined> {
  for (const candidate of candidates.slice(0, MAX_LOOKUPS)) {
    const found = await unlessOfNoUse(async () => await look(candidate));
    if (found !== undefined) return found;
  }
  return undefined;
}

// Whoever fills a repository with tags should not cost 1,000 requests.
const MAX_LOOKUPS = 20;
