import { AppError } from "../errors.ts";
import { ICON_ROLE, ROLE, TITLE, UNCOMPRESSED_DIGEST } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { FetchedManifest, TaggedStorage } from "../oci/storage.ts";
import { codingOf } from "../release/coding.ts";
import type { Coding } from "../release/download.ts";
import { type PlatformManifest, readPlatformManifests } from "../release/platformManifests.ts";
import type { Signer } from "../trust/dsse.ts";
import { readSignature, verifyStatement } from "../trust/releaseStatement.ts";
import type { PackedProgram } from "./pushRelease.ts";

/** Launchers as they are published under their version. */
export interface PublishedLaunchers {
  readonly root: FetchedManifest;
  readonly manifests: readonly PlatformManifest[];
}

/** Undefined for what cannot be read: whoever publishes there finds out whether it may be replaced. */
export async function readPublishedLaunchers(
  target: TaggedStorage,
  { digest }: Descriptor,
): Promise<PublishedLaunchers | undefined> {
  try {
    const root = await target.fetchManifest(digest);
    return { root, manifests: await readPlatformManifests(target, root) };
  } catch (error) {
    if (error instanceof AppError && (error.code === "bad-data" || error.code === "not-found")) return undefined;
    throw error;
  }
}

/** Whether whoever downloads a launcher gets the very same, for each platform, as before. */
export function areSameFiles(manifests: readonly PlatformManifest[], programs: readonly PackedProgram[]): boolean {
  return (
    manifests.length === programs.length && programs.every((program) => findManifest(manifests, program) !== undefined)
  );
}

/** What stands beside a file that is published as it is now. */
export function attachmentsOf(manifests: readonly PlatformManifest[], program: PackedProgram): readonly Descriptor[] {
  const layers = findManifest(manifests, program)?.manifest.layers ?? [];
  return layers.filter(({ annotations }) => annotations?.[TITLE] === undefined);
}

function findManifest(
  manifests: readonly PlatformManifest[],
  { platform, layer }: PackedProgram,
): PlatformManifest | undefined {
  return manifests.find((candidate) => {
    if (candidate.platform === undefined || formatPlatform(candidate.platform) !== formatPlatform(platform))
      return false;
    const files = candidate.manifest.layers.filter(({ annotations }) => annotations?.[TITLE] !== undefined);
    const [file] = files;
    return (
      files.length === 1 && file?.digest === layer.digest && file.annotations?.[TITLE] === layer.annotations?.[TITLE]
    );
  });
}

/** The coding in which a published layer holds this very file. */
export function codingOfFile(attachment: Descriptor, { layer }: PackedProgram): Coding | undefined {
  return attachment.annotations?.[UNCOMPRESSED_DIGEST] === layer.digest ? codingOf(attachment) : undefined;
}

export function isIcon({ annotations }: Descriptor): boolean {
  return annotations?.[ROLE] === ICON_ROLE;
}

/** Whether one of the signers has signed it: whoever can write to the registry could have put anything there. */
export function isOwnWork(root: FetchedManifest, signers: readonly Signer[], version: string): boolean {
  const quorum = { keys: signers.map(({ publicKey }) => publicKey), threshold: 1 };
  try {
    const envelope = readSignature(root);
    if (envelope === undefined) return false;
    verifyStatement(root, envelope, { quorum, expected: { id: undefined, kind: "launcher", version } });
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
