import type { Installer } from "../config/installer.ts";
import { AppError, unlessOfNoUse } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { TaggedStorage } from "../oci/storage.ts";
import { composeDocument } from "../trust/document.ts";
import type { Envelope, Signer } from "../trust/dsse.ts";
import { type Keyring, parseKeyring } from "../trust/keyring.ts";
import { shortKey } from "../trust/publicKey.ts";
import { contentOf } from "../oci/storage.ts";
import { findKeys } from "../update/findKeys.ts";

/**
 * The keys that launchers with this installer.json believe: those in it, or what the repository's statements replaced
 * them by.
 */
export async function currentKeys(
  { id, trust }: Pick<Installer, "id" | "trust">,
  source: TaggedStorage,
  tags: readonly string[],
): Promise<Keyring | undefined> {
  if (trust === undefined) return undefined;
  return await findKeys(source, parseKeyring(trust), { tags, id, log: () => undefined });
}

/** A signature that no launcher would believe is a mistake. @throws AppError `usage`. */
export function refuseStrangers(signers: readonly Signer[], keyring: Keyring | undefined): void {
  if (keyring === undefined) return;
  const trusted = new Set(keyring.keys.map(({ id }) => id));
  const stranger = signers.find(({ publicKey }) => !trusted.has(publicKey.id));
  if (stranger === undefined) return;
  const recovery = keyring.recovery.some(({ id }) => id === stranger.publicKey.id);
  throw new AppError(
    "usage",
    recovery
      ? `the key ${shortKey(stranger.publicKey.id)} is a recovery key: it signs only a statement about keys`
      : `installer.json does not trust the key ${shortKey(stranger.publicKey.id)}, so that no launcher would believe it`,
    { hint: `It trusts: ${keyring.keys.map(({ id }) => shortKey(id)).join(", ")}. To replace them: slipway rotate` },
  );
}

/** Puts a signed document under its tag; blobs first. @returns what the tag stands for then. */
export async function pushDocument(target: TaggedStorage, envelope: Envelope, tag: string): Promise<Descriptor> {
  const { manifest, blobs } = composeDocument(envelope);
  for (const { descriptor, bytes } of blobs) await target.push(descriptor, contentOf(bytes));
  await target.push(manifest.descriptor, contentOf(manifest.bytes), { tag });
  return manifest.descriptor;
}

/**
 * Whether a tag stands for a document still. No registry pushes on a condition: of two that were published at once one
 * is gone, and whoever lost has to know, because computers that have seen the one refuse the other.
 */
export async function isThere(target: TaggedStorage, tag: string, { digest }: Descriptor): Promise<boolean> {
  const there = await unlessOfNoUse(async () => await target.resolve(tag));
  return there?.digest === digest;
}

/** All tags; a repository that nobody has pushed to has none. */
export async function tagsOf(source: TaggedStorage): Promise<string[]> {
  try {
    return await source.tags();
  } catch (error) {
    if (error instanceof AppError && error.code === "not-found") return [];
    throw error;
  }
}
