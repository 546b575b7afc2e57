import type { Installer } from "../config/installer.ts";
import { AppError } from "../errors.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { FetchedManifest, TaggedStorage } from "../oci/storage.ts";
import type { Keyring } from "../trust/keyring.ts";
import type { ReleaseKind } from "../trust/releaseStatement.ts";
import { verifyRelease } from "../trust/verifyRelease.ts";
import { channelsBehind } from "./channels.ts";

/** A release as it is published now. */
export interface PublishedRelease {
  readonly target: TaggedStorage;
  readonly tags: readonly string[];
  /** Whose launchers are to take it; undefined where nobody knows. */
  readonly installer: Installer | undefined;
  /** The keys that those believe. */
  readonly keyring: Keyring | undefined;
  readonly reference: Reference;
  readonly kind: ReleaseKind;
  readonly version: string;
  readonly root: FetchedManifest;
}

/** Why launchers do not take it yet, and what the publisher has to do: a sentence each. */
export async function warningsOf(release: PublishedRelease): Promise<string[]> {
  return [...(await unsigned(release)), ...(release.kind === "program" ? await behind(release) : [])];
}

async function unsigned({
  target,
  tags,
  installer,
  keyring,
  reference,
  kind,
  version,
  root,
}: PublishedRelease): Promise<string[]> {
  if (installer === undefined || keyring === undefined) return [];
  try {
    await verifyRelease(target, root, { quorum: keyring, expected: { id: installer.id, kind, version }, tags });
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // A registry that does not answer any more says nothing of the release, which is there.
    if (error.code !== "bad-data") return [];
    const what = `launchers with installer.json's keys will not take it: ${error.message}`;
    return [`${what}. Sign it: slipway sign ${formatReference(reference)} --key FILE`];
  }
}

/** A channel's document names an index by its digest, which a signature changes. */
async function behind({ target, tags, keyring, version, root }: PublishedRelease): Promise<string[]> {
  const { digest } = root.descriptor;
  const channels = await channelsBehind(target, { tags, version, digest, keyring });
  const keys = " --key FILE".repeat(keyring?.threshold ?? 0);
  return channels.map(({ channel, believed }) => {
    const anew = believed ? "" : " --anew";
    return `the channel ${channel} still names the release as it was before: slipway promote ${version} --channel ${channel}${anew}${keys}`;
  });
}
