import type { Installer } from "../../config/installer.ts";
import { unlessOfNoUse } from "../../errors.ts";
import type { FetchedManifest, TaggedStorage } from "../../oci/storage.ts";
import { type ChannelDocument, readChannel, tagOfChannel } from "../../trust/channelDocument.ts";
import type { ReleaseKind } from "../../trust/releaseStatement.ts";
import { verifyRelease } from "../../trust/verifyRelease.ts";
import { fetchChannel } from "../../update/findChannel.ts";
import { currentKeys } from "../trust.ts";

/** What a release is to be. */
export interface Expectation {
  readonly kind: ReleaseKind;
  readonly version: string;
}

/** What a repository says, as far as launchers believe it. */
export interface Believed {
  readonly tags: readonly string[];
  /**
   * Of the channel that the launchers follow; undefined where there is none.
   * @throws AppError `bad-data` for one that launchers would refuse.
   */
  readDocument(): Promise<ChannelDocument | undefined>;
  /** @throws AppError `bad-data` for what nobody signed who has to. */
  verify(root: FetchedManifest, expected: Expectation): Promise<void>;
}

const DEFAULT_CHANNEL = "stable";

/**
 * Asks a repository for its tags, and for the keys that hold by now. Without an installer.json nobody has to have signed
 * anything: who can write to the registry decides.
 */
export async function readBelieved(
  source: TaggedStorage,
  { installer, signal }: { readonly installer: Installer | undefined; readonly signal: AbortSignal },
): Promise<Believed> {
  const tags = await source.tags({ signal });
  const keyring = installer === undefined ? undefined : await currentKeys(installer, source, tags);
  const channel = installer?.channel ?? DEFAULT_CHANNEL;
  return {
    tags,
    async readDocument() {
      const envelope = tags.includes(tagOfChannel(channel)) ? await fetchChannel(source, channel, signal) : undefined;
      if (envelope === undefined) return undefined;
      return readChannel(envelope, { quorum: keyring, id: installer?.id, channel }).document;
    },
    async verify(root, { kind, version }) {
      if (keyring === undefined) return;
      const expected = { id: installer?.id, kind, version };
      await verifyRelease(source, root, { quorum: keyring, expected, tags: new Set(tags), signal });
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
