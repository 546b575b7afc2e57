import * as v from "valibot";
import { AppError, unlessOfNoUse } from "../errors.ts";
import { VERSION } from "../oci/annotations.ts";
import { describe, type Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, encodedOf } from "../oci/digest.ts";
import { type ImageManifest, parseManifest } from "../oci/manifest.ts";
import { OCI_IMAGE_CONFIG } from "../oci/mediaTypes.ts";
import { parseJsonAs, parseValueAs } from "../oci/parse.ts";
import type { FetchedManifest, TaggedStorage } from "../oci/storage.ts";
import { cosignTag, type CosignTags, referrersTag } from "./cosignTags.ts";
import { composeLayers, type ComposedDocument, readLayer } from "./document.ts";
import { parseEnvelope, readUnverified, type Signer, signersOf } from "./dsse.ts";
import type { PublicKey } from "./publicKey.ts";

/**
 * What cosign signs with a key, where it can be read without the Referrers API: the signature tag (cosign
 * specs/SIGNATURE_SPEC.md), and the newer bundle under the tag that stands in for referrers (distribution-spec
 * "Referrers Tag Schema").
 */

const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE = "dev.cosignproject.cosign/signature";
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v\d+\.\d+)?\+json(?:;.*)?$/;
const BUNDLE_TYPE = /^application\/vnd\.dev\.sigstore\.bundle[.+]/;
const IN_TOTO = "application/vnd.in-toto+json";
/** What a bundle's statement says: that this was signed, and no more. */
const SIGNED = "https://sigstore.dev/cosign/sign/v1";

// Whoever can write to the registry can add more: those that are looked at are bounded.
const MAX_LOOKED_AT = 16;

/** One signature of cosign's that holds. */
export interface CosignSignature {
  readonly signer: PublicKey;
  /** What was signed along with the digest: `cosign sign -a KEY=VALUE`. */
  readonly annotations: Readonly<Record<string, unknown>>;
}

export interface CosignOptions {
  /** Of the repository: what is not among them is not asked for. */
  readonly tags: CosignTags;
  readonly keys: readonly PublicKey[];
  readonly signal?: AbortSignal | undefined;
  /** Told why the registry does not say what refers to the manifest: then there may be more than is found. */
  readonly onUntold?: ((error: AppError) => void) | undefined;
}

/** Every signature of the keys over the manifest with this digest. What cannot be read is none. */
export async function findCosignSignatures(
  source: TaggedStorage,
  digest: Digest,
  { tags, keys, signal, onUntold }: CosignOptions,
): Promise<CosignSignature[]> {
  const options = signal === undefined ? {} : { signal };
  const reading = { source, keys, digest, options };
  const found: CosignSignature[] = [];
  // Whatever else somebody has put there is no signature.
  if (tags.has(cosignTag(digest)))
    found.push(...((await unlessOfNoUse(async () => await readSimpleSignatures(reading, cosignTag(digest)))) ?? []));
  const bundles = (await unlessOfNoUse(async () => await listBundles(reading, tags), onUntold)) ?? [];
  for (const bundle of bundles.slice(0, MAX_LOOKED_AT))
    found.push(...((await unlessOfNoUse(async () => await readBundles(reading, bundle))) ?? []));
  return found;
}

interface Reading {
  readonly source: TaggedStorage;
  readonly keys: readonly PublicKey[];
  readonly digest: Digest;
  readonly options: { readonly signal?: AbortSignal };
}

const simpleSchema = v.object({
  critical: v.object({
    image: v.object({ "docker-manifest-digest": v.string() }),
    type: v.string(),
  }),
  optional: v.nullish(v.record(v.string(), v.unknown())),
});

async function readSimpleSignatures(
  { source, keys, digest, options }: Reading,
  tag: string,
): Promise<CosignSignature[]> {
  const { layers } = readImage(await source.fetchManifest(tag, options));
  const found: CosignSignature[] = [];
  for (const layer of layers.slice(0, MAX_LOOKED_AT)) {
    const signature = layer.annotations?.[SIGNATURE];
    if (layer.mediaType !== SIMPLE_SIGNING || signature === undefined) continue;
    const payload = await readLayer(source, layer, options);
    const signer = keys.find((key) => key.verify(payload, Buffer.from(signature, "base64")));
    if (signer === undefined) continue;
    const { critical, optional } = parseJsonAs(simpleSchema, payload, "cosign's signature");
    if (critical.image["docker-manifest-digest"] !== digest) continue;
    found.push({ signer, annotations: optional ?? {} });
  }
  return found;
}

const bundleSchema = v.object({ dsseEnvelope: v.unknown() });
const inTotoSchema = v.object({
  subject: v.array(v.object({ digest: v.record(v.string(), v.string()), annotations: v.optional(v.unknown()) })),
  predicateType: v.string(),
});

/** By the tag, if it is among those that are known; and where there is none, by the API, for registries that have it. */
async function listBundles({ source, digest, options }: Reading, tags: CosignTags): Promise<Descriptor[]> {
  const isBundle = ({ artifactType }: Descriptor): boolean =>
    // Whoever writes the index by hand may leave the type out.
    artifactType === undefined || BUNDLE_TYPE.test(artifactType);
  const tag = referrersTag(digest);
  const root = tags.has(tag) ? await unlessMissing(source.fetchManifest(tag, options)) : undefined;
  if (root === undefined) return ((await source.referrers?.(digest, options)) ?? []).filter(isBundle);
  const index = parseManifest(root.bytes, root.descriptor.mediaType);
  return index.kind === "index" ? index.manifests.filter(isBundle) : [];
}

async function unlessMissing<Found>(asking: Promise<Found>): Promise<Found | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof AppError && error.code === "not-found") return undefined;
    throw error;
  }
}

async function readBundles(reading: Reading, { digest }: Descriptor): Promise<CosignSignature[]> {
  const { source, options } = reading;
  const manifest = readImage(await source.fetchManifest(digest, options));
  const found: CosignSignature[] = [];
  for (const layer of manifest.layers.slice(0, MAX_LOOKED_AT))
    if (BUNDLE.test(layer.mediaType)) found.push(...readBundle(reading, await readLayer(source, layer, options)));
  return found;
}

function readBundle({ keys, digest }: Reading, bytes: Uint8Array): CosignSignature[] {
  const what = "cosign's bundle";
  const { dsseEnvelope } = parseJsonAs(bundleSchema, bytes, what);
  const envelope = parseEnvelope(Buffer.from(JSON.stringify(dsseEnvelope ?? null)), what);
  const signers = signersOf(envelope, keys);
  if (signers.length === 0) return [];
  const statement = parseValueAs(inTotoSchema, readUnverified(envelope, { payloadType: IN_TOTO, what }), what);
  const isAboutIt = statement.subject.some((subject) => subject.digest[algorithmOf(digest)] === encodedOf(digest));
  // An attestation (of a build, of tests) is signed by the same keys and says something else.
  if (!isAboutIt || statement.predicateType !== SIGNED) return [];
  return signers.map((signer) => ({ signer, annotations: {} }));
}

function readImage(root: FetchedManifest): ImageManifest {
  const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
  if (manifest.kind === "image") return manifest;
  throw new AppError("bad-data", "cosign's signature is not where it should be");
}

/** The version that a manifest gives itself; cosign signs its digest, and so that too. */
export function ownVersion(root: FetchedManifest): string | undefined {
  return parseManifest(root.bytes, root.descriptor.mediaType).annotations?.[VERSION];
}

export interface CosignRequest {
  /** What is signed. */
  readonly digest: Digest;
  /** `HOST/NAME`, which cosign shows and does not compare. */
  readonly repository: string;
  readonly signer: Signer;
  /** What is under the tag already, if anything. */
  readonly before: FetchedManifest | undefined;
}

/** A signature that `cosign verify --key` takes, beside those that are there. */
export function composeCosignSignature({ digest, repository, signer, before }: CosignRequest): ComposedDocument {
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": repository },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
      },
      optional: null,
    }),
  );
  const signature = Buffer.from(signer.sign(payload)).toString("base64");
  const layer = describe(SIMPLE_SIGNING, payload, { annotations: { [SIGNATURE]: signature } });
  const { manifest, blobs } = composeLayers([{ descriptor: layer, bytes: payload }]);
  if (before === undefined) return { manifest, blobs };
  return appendLayers(readImage(before), { descriptor: layer, bytes: payload });
}

/** Others' signatures stay; the config has to list all of them. */
function appendLayers(before: ImageManifest, added: FetchedManifest): ComposedDocument {
  const others = before.layers.filter(
    ({ digest, annotations }) =>
      digest !== added.descriptor.digest || annotations?.[SIGNATURE] !== added.descriptor.annotations?.[SIGNATURE],
  );
  const all = [...others.map((descriptor) => ({ descriptor, bytes: new Uint8Array() })), added];
  const { manifest, blobs } = composeLayers(all);
  const config = blobs.filter(({ descriptor }) => descriptor.mediaType === OCI_IMAGE_CONFIG);
  return { manifest, blobs: [...config, added] };
}
