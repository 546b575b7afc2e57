import { beforeEach, describe, expect, test } from "vitest";
import { describe as describeBytes, type Descriptor } from "../../../src/oci/descriptor.ts";
import { encodeManifest } from "../../../src/oci/manifest.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf, type FetchedManifest, type TaggedStorage } from "../../../src/oci/storage.ts";
import { composeCosignSignature, type CosignOptions, findCosignSignatures } from "../../../src/trust/cosign.ts";
import { cosignTag } from "../../../src/trust/cosignTags.ts";
import { composeLayers, type ComposedDocument } from "../../../src/trust/document.ts";
import { encodeEnvelope, signEnvelope, type Signer } from "../../../src/trust/dsse.ts";
import { makeKey } from "../../support/keys.ts";
import { digestOfNothing, sampleIndex } from "../../support/signed.ts";

const [ed25519, ecdsa, stranger] = await Promise.all([makeKey(), makeKey("ecdsa-p256"), makeKey()]);
const keys = [ed25519.publicKey, ecdsa.publicKey];
const { digest } = sampleIndex(["linux/amd64"]).descriptor;
const tag = cosignTag(digest);
const referrersTag = digest.replace(":", "-");
const SIGNATURE = "dev.cosignproject.cosign/signature";
const SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

let storage: TaggedStorage;
beforeEach(() => void (storage = openMemory()));

async function put({ manifest, blobs }: ComposedDocument, under: string): Promise<Descriptor> {
  for (const { descriptor, bytes } of blobs) if (bytes.byteLength > 0) await storage.push(descriptor, contentOf(bytes));
  await storage.push(manifest.descriptor, contentOf(manifest.bytes), { tag: under });
  return manifest.descriptor;
}

/** Signs as `slipway sign --cosign` does, beside what is there. */
async function sign(signer: Signer, over = digest): Promise<void> {
  const before = (await storage.tags()).includes(tag) ? await storage.fetchManifest(tag) : undefined;
  await put(composeCosignSignature({ digest: over, repository: "registry.example/app", signer, before }), tag);
}

/** A signature as somebody else may write it. */
function layerOf(signer: Signer, content: unknown, change: Partial<Descriptor> = {}): FetchedManifest {
  const bytes = Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
  const signature = Buffer.from(signer.sign(bytes)).toString("base64");
  return {
    descriptor: { ...describeBytes(SIMPLE, bytes, { annotations: { [SIGNATURE]: signature } }), ...change },
    bytes,
  };
}

const simple = (of: string, optional?: unknown) => ({
  critical: {
    identity: { "docker-reference": "anything" },
    image: { "docker-manifest-digest": of },
    type: "cosign container image signature",
  },
  ...(optional === undefined ? {} : { optional }),
});

async function signersFound(options: Partial<CosignOptions> = {}): Promise<string[]> {
  const found = await findCosignSignatures(storage, digest, { tags: new Set(await storage.tags()), keys, ...options });
  return found.map(({ signer }) => signer.id);
}

describe("a signature under cosign's tag", () => {
  test("is found again, of whichever kind the key is", async () => {
    expect(tag).toBe(`${digest.replace(":", "-")}.sig`);
    await sign(ed25519);
    expect(await signersFound()).toEqual([ed25519.publicKey.id]);
    await sign(ecdsa);
    expect(await signersFound()).toEqual([ed25519.publicKey.id, ecdsa.publicKey.id]);
    expect(await signersFound({ keys: [ecdsa.publicKey] })).toEqual([ecdsa.publicKey.id]);
  });

  test("of the same key twice stands there once, as its bytes are the same", async () => {
    await sign(ed25519);
    const first = await storage.resolve(tag);
    await sign(ed25519);
    expect(await storage.resolve(tag)).toEqual(first);
  });

  test("is no one's that is not asked for", async () => {
    await sign(stranger);
    expect(await signersFound()).toEqual([]);
  });

  test("is not asked for where no such tag is", async () => {
    const silent: TaggedStorage = { ...storage, fetchManifest: async () => await Promise.reject(new Error("asked")) };
    expect(await findCosignSignatures(silent, digest, { tags: new Set(["1.0.0"]), keys })).toEqual([]);
  });

  test("may say more, which is signed too", async () => {
    await put(composeLayers([layerOf(ed25519, simple(digest, { version: "1.0.0" }))]), tag);
    expect(await findCosignSignatures(storage, digest, { tags: new Set([tag]), keys })).toEqual([
      { signer: ed25519.publicKey, annotations: { version: "1.0.0" } },
    ]);
  });

  test("over another digest is none, though its key is right and it lies here", async () => {
    await put(composeLayers([layerOf(ed25519, simple(digestOfNothing))]), tag);
    expect(await signersFound()).toEqual([]);
  });

  test.each<[string, FetchedManifest]>([
    ["no JSON", layerOf(ed25519, "signed by me")],
    ["another statement", layerOf(ed25519, { critical: {} })],
    ["a list", layerOf(ed25519, [])],
    ["another type", layerOf(ed25519, simple(digest), { mediaType: "application/json" })],
    ["no signature", layerOf(ed25519, simple(digest), { annotations: {} })],
    ["a signature that is no base64", layerOf(ed25519, simple(digest), { annotations: { [SIGNATURE]: "ü!" } })],
    ["inlined bytes that are others", layerOf(ed25519, simple(digest), { data: Buffer.from("{}").toString("base64") })],
    ["more bytes than any signature", layerOf(ed25519, simple(digest), { size: 10 ** 9 })],
    ["bytes that are not there", layerOf(ed25519, simple(digest), { digest: digestOfNothing })],
  ])("whose layer has %s is none, and no trouble", async (_, layer) => {
    const { manifest } = composeLayers([layer]);
    await put({ manifest, blobs: [] }, tag);
    const { descriptor } = layer;
    if (descriptor.size === layer.bytes.byteLength && descriptor.digest !== digestOfNothing)
      await storage.push(descriptor, contentOf(layer.bytes));
    expect(await signersFound()).toEqual([]);
  });

  test("is looked for among so many at most", async () => {
    const junk = Array.from({ length: 16 }, (_, number) => layerOf(stranger, simple(`sha256:${number}`)));
    await put(composeLayers([...junk.slice(1), layerOf(ed25519, simple(digest))]), tag);
    expect(await signersFound()).toEqual([ed25519.publicKey.id]);
    await put(composeLayers([...junk, layerOf(ed25519, simple(digest))]), tag);
    expect(await signersFound()).toEqual([]);
  });

  test("under whose tag is an index, or something that is no manifest, is none", async () => {
    const index = sampleIndex(["linux/amd64"]);
    await storage.push(index.descriptor, contentOf(index.bytes), { tag });
    expect(await signersFound()).toEqual([]);
    const bytes = Buffer.from("{}");
    await storage.push(describeBytes(index.descriptor.mediaType, bytes), contentOf(bytes), { tag });
    expect(await signersFound()).toEqual([]);
  });

  test("that cannot be asked for is another matter than none", async () => {
    await sign(ed25519);
    const down: TaggedStorage = { ...storage, fetchManifest: async () => await Promise.reject(new Error("down")) };
    await expect(findCosignSignatures(down, digest, { tags: new Set([tag]), keys })).rejects.toThrow("down");
  });
});

describe("a bundle of cosign's", () => {
  const SIGNED = "https://sigstore.dev/cosign/sign/v1";

  function bundle(
    signer: Signer,
    change: { readonly of?: string; readonly predicateType?: string; readonly type?: string } = {},
  ) {
    const { of = digest, predicateType = SIGNED, type = "application/vnd.in-toto+json" } = change;
    const payload = Buffer.from(JSON.stringify({ subject: [{ digest: { sha256: of.slice(7) } }], predicateType }));
    const envelope = signEnvelope({ payloadType: type, payload, signatures: [] }, signer);
    const bytes = Buffer.from(JSON.stringify({ dsseEnvelope: JSON.parse(encodeEnvelope(envelope)) as unknown }));
    return composeLayers([{ descriptor: describeBytes(BUNDLE, bytes), bytes }]);
  }

  /** Under the tag that stands in for referrers. */
  async function refer(composed: ComposedDocument, more: Partial<Descriptor> = {}): Promise<Descriptor> {
    const child = { ...(await put(composed, "bundle")), ...more };
    const bytes = encodeManifest({ schemaVersion: 2, manifests: [child] });
    const mediaType = "application/vnd.oci.image.index.v1+json";
    await storage.push(describeBytes(mediaType, bytes), contentOf(bytes), { tag: referrersTag });
    return child;
  }

  test("is found under the tag of referrers", async () => {
    await refer(bundle(ecdsa), { artifactType: BUNDLE });
    expect(await signersFound()).toEqual([ecdsa.publicKey.id]);
    await refer(bundle(ecdsa));
    expect(await signersFound()).toEqual([ecdsa.publicKey.id]);
  });

  test("is found by the API, where a registry has it and no tag is there", async () => {
    const child = { ...(await put(bundle(ed25519), "bundle")), artifactType: BUNDLE };
    const asked: string[] = [];
    const source: TaggedStorage = { ...storage, referrers: async (of) => (asked.push(of), [child]) };
    const found = await findCosignSignatures(source, digest, { tags: new Set(), keys });
    expect(found).toEqual([{ signer: ed25519.publicKey, annotations: {} }]);
    expect(asked).toEqual([digest]);
  });

  test("is found by the API, too, where the tag turns out not to be there", async () => {
    const child = { ...(await put(bundle(ed25519), "bundle")), artifactType: BUNDLE };
    const source: TaggedStorage = { ...storage, referrers: async () => [child] };
    const found = await findCosignSignatures(source, digest, { tags: new Set([referrersTag]), keys });
    expect(found).toEqual([{ signer: ed25519.publicKey, annotations: {} }]);
  });

  test.each([
    ["of a stranger", bundle(stranger), {}],
    ["over something else", bundle(ecdsa, { of: digestOfNothing }), {}],
    ["that attests to a build", bundle(ecdsa, { predicateType: "https://slsa.dev/provenance/v1" }), {}],
    ["whose envelope is of another type", bundle(ecdsa, { type: "application/vnd.slipway.release.v1+json" }), {}],
    ["that is listed as something else", bundle(ecdsa), { artifactType: "application/spdx+json" }],
  ])("%s is none", async (_, composed, more) => {
    await refer(composed, more);
    expect(await signersFound()).toEqual([]);
  });

  test("without an envelope is none", async () => {
    const bytes = Buffer.from("{}");
    await refer(composeLayers([{ descriptor: describeBytes(BUNDLE, bytes), bytes }]));
    expect(await signersFound()).toEqual([]);
  });
});
