import type { Installer } from "../config/installer.ts";
import { AppError } from "../errors.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { FetchedManifest, TaggedStorage } from "../oci/storage.ts";
import type { Keyring } from "../trust/keyring.ts";
import type { ReleaseKind } from "../trust/releaseStatement.ts";
import { verifyRelease } from "../trust/verifyRelease.ts";
import { channelsBehind } from "./channels.ts";
import { currentKeys } from "./trust.ts";

/** A release as it is published now. */
export interface PublishedRelease {
  readonly target: TaggedStorage;
  /** Whose launchers are to take it; undefined where nobody knows. */
  readonly installer: Installer | undefined;
  readonly reference: Reference;
  readonly kind: ReleaseKind;
  readonly version: string;
  readonly root: FetchedManifest;
}

/**
 * Why launchers do not take it yet, and what the publisher has to do: a sentence each. A registry that does not answer
 * any more says nothing of the release, which is there.
 */
export async function warningsOf(release: PublishedRelease): Promise<string[]> {
  const { target, installer, kind } = release;
  try {
    const tags = await target.tags();
    const keyring = installer === undefined ? undefined : await currentKeys(installer, target, tags);
    const known = { ...release, tags, keyring };
    return [...(await unsigned(known)), ...(kind === "program" ? await behind(known) : [])];
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}

interface KnownRelease extends PublishedRelease {
  readonly tags: readonly string[];
  /** The keys that launchers believe. */
  readonly keyring: Keyring | undefined;
}

async function unsigned(release: KnownRelease): Promise<string[]> {
  const { target, tags, installer, keyring, reference, kind, version, root } = release;
  if (installer === undefined || keyring === undefined) return [];
  try {
    const expected = { id: installer.id, kind, version };
    await verifyRelease(target, root, { quorum: keyring, expected, tags: new Set(tags) });
    return [];
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "bad-data") throw error;
    const what = `launchers with installer.json's keys will not take it: ${error.message}`;
    return [`${what}. Sign it: slipway sign ${formatReference(reference)} --key FILE`];
  }
}

/** A channel's document names an index by its digest, which a signature changes. */
async function behind({ target, tags, keyring, version, root }: KnownRelease): Promise<string[]> {
  const { digest } = root.descriptor;
  const channels = await channelsBehind(target, { tags, version, digest, keyring });
  const keys = " --key FILE".repeat(keyring?.threshold ?? 0);
  return channels.map(({ channel, believed }) => {
    const anew = believed ? "" : " --anew";
    return `the channel ${channel} still names the release as it was before: slipway promote ${version} --channel ${channel}${anew}${keys}`;
  });
}
