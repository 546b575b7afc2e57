import { AppError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseJson } from "../oci/parse.ts";
import { formatRepository, type Reference } from "../oci/reference.ts";
import { contentOf, type FetchedManifest, type TaggedStorage } from "../oci/storage.ts";
import { versionOfTag } from "../release/versionTag.ts";
import type { PublicKey } from "../trust/publicKey.ts";
import { composeCosignSignature, findCosignSignatures } from "../trust/cosign.ts";
import { cosignTag } from "../trust/cosignTags.ts";
import { type Envelope, type Signer, signEnvelope, signersOf } from "../trust/dsse.ts";
import {
  composeStatement,
  readSignature,
  type ReleaseKind,
  type StatementOptions,
  withSignature,
} from "../trust/releaseStatement.ts";

/** What a tag stands for, to whoever signs it. @throws AppError `usage` for a tag that names no version. */
export function readReleaseTag(tag: string): { readonly kind: ReleaseKind; readonly version: string } {
  const kind = tag.startsWith("launcher-") ? "launcher" : "program";
  const version = versionOfTag(tag.replace(/^launcher-/, ""));
  if (version !== undefined) return { kind, version };
  throw new AppError("usage", `${JSON.stringify(tag)} is not a version, which a signature is over`, {
    hint: "Releases are tagged with versions, such as 1.2.0.",
  });
}

export interface SigningOptions extends StatementOptions {
  /** Whose signatures are worth keeping; all that are there where nobody is trusted in particular. */
  readonly trusted?: readonly PublicKey[] | undefined;
}

/** The index with the signers' signatures, beside those of the trusted keys that it has over the same. */
export function signIndex(root: FetchedManifest, signers: readonly Signer[], options: SigningOptions): FetchedManifest {
  const composed = composeStatement(root, options);
  const before = readSignatureIfReadable(root);
  let envelope =
    before !== undefined && saysTheSameIfReadable(before, composed) ? keepOnly(before, options.trusted) : composed;
  // What nobody who counts has signed may say of its own making what it likes.
  if (envelope.signatures.length === 0) envelope = composed;
  for (const signer of signers) {
    // A second signature of the same key says nothing new, and would change the digest.
    if (signersOf(envelope, [signer.publicKey]).length === 0) envelope = signEnvelope(envelope, signer);
  }
  return withSignature(root, envelope);
}

/** Whoever can write to the registry can add signatures, until there is room for no other. */
function keepOnly(envelope: Envelope, trusted: readonly PublicKey[] | undefined): Envelope {
  if (trusted === undefined) return envelope;
  const signatures = envelope.signatures.filter(
    (signature) => signersOf({ ...envelope, signatures: [signature] }, trusted).length > 0,
  );
  return { ...envelope, signatures };
}

/** An index as it is to be published, and whether the tag stands for the same content already, however it is signed. */
export interface SealedIndex {
  readonly index: FetchedManifest;
  readonly known: boolean;
}

/** Signs an index. One that was published before with the same content keeps its signatures. */
export async function sealIndex(
  target: TaggedStorage,
  root: FetchedManifest,
  { tag, signers, ...options }: SigningOptions & { readonly tag: string; readonly signers: readonly Signer[] },
): Promise<SealedIndex> {
  const { index, known } = await joinPublished(target, root, tag);
  return { index: signIndex(index, signers, options), known };
}

/** The index that is published, where it has the same content: with its signatures, of which the new one has none. */
async function joinPublished(target: TaggedStorage, root: FetchedManifest, tag: string): Promise<SealedIndex> {
  const published = await fetchIfThere(target, tag);
  const known = published !== undefined && isSameUnsigned(published, root);
  return { index: known ? published : root, known };
}

// In bytes. A signature repeats digest and size of every manifest: with one of them it is twice as long.
const LEAST_SIGNATURE = 300;

/**
 * The same where nobody signs now. Some registries count each manifest that is fetched: only what may be the same and a
 * signature is looked at.
 *
 * @param before what the tag stands for.
 */
export async function keepSignatures(
  target: TaggedStorage,
  root: FetchedManifest,
  { tag, before }: { readonly tag: string; readonly before: Descriptor | undefined },
): Promise<SealedIndex> {
  const { mediaType, size } = root.descriptor;
  const mayBeSigned = before?.mediaType === mediaType && before.size >= size + LEAST_SIGNATURE;
  return mayBeSigned ? await joinPublished(target, root, tag) : { index: root, known: false };
}

export async function fetchIfThere(source: TaggedStorage, tag: string): Promise<FetchedManifest | undefined> {
  try {
    return await source.fetchManifest(tag);
  } catch (error) {
    if (error instanceof AppError && error.code === "not-found") return undefined;
    throw error;
  }
}

/** Puts signatures where `cosign verify --key` finds them. */
export async function pushCosignSignatures(
  target: TaggedStorage,
  { descriptor: { digest } }: FetchedManifest,
  { reference, signers }: { readonly reference: Reference; readonly signers: readonly Signer[] },
): Promise<string> {
  const tag = cosignTag(digest);
  for (const signer of signers) {
    const tags = new Set([tag]);
    const there = await findCosignSignatures(target, digest, { tags, keys: [signer.publicKey] }).catch(noneIfMissing);
    if (there.length > 0) continue;
    const before = await fetchIfThere(target, tag);
    const repository = formatRepository(reference);
    const { manifest, blobs } = composeCosignSignature({ digest, repository, signer, before });
    for (const { descriptor, bytes } of blobs) await target.push(descriptor, contentOf(bytes));
    await target.push(manifest.descriptor, contentOf(manifest.bytes), { tag });
  }
  return tag;
}

function noneIfMissing(error: unknown): [] {
  if (error instanceof AppError && error.code === "not-found") return [];
  throw error;
}

function readSignatureIfReadable(root: FetchedManifest): Envelope | undefined {
  try {
    return readSignature(root);
  } catch (error) {
    // What nobody can read protects nobody, and is replaced.
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function isSameUnsigned(published: FetchedManifest, root: FetchedManifest): boolean {
  try {
    return withSignature(published, undefined).descriptor.digest === withSignature(root, undefined).descriptor.digest;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** Whoever can write to the registry can put anything there: what cannot be read says something else. */
function saysTheSameIfReadable(before: Envelope, composed: Envelope): boolean {
  try {
    return saysTheSame(before, composed);
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** All but when it was first signed. */
function saysTheSame(a: Envelope, b: Envelope): boolean {
  if (a.payloadType !== b.payloadType) return false;
  const [one, other] = [a, b].map(({ payload }) => {
    const value: unknown = parseJson(payload, "the signed statement");
    return JSON.stringify(typeof value === "object" && value !== null ? { ...value, created: undefined } : value);
  });
  return one === other;
}
