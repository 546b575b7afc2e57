import { beforeEach, describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf, type FetchedManifest, type TaggedStorage } from "../../../src/oci/storage.ts";
import { pushCosignSignatures } from "../../../src/publisher/signRelease.ts";
import { describe as describeBytes } from "../../../src/oci/descriptor.ts";
import { cosignTag } from "../../../src/trust/cosignTags.ts";
import { composeLayers } from "../../../src/trust/document.ts";
import type { Signer } from "../../../src/trust/dsse.ts";
import type { Expected } from "../../../src/trust/releaseStatement.ts";
import { verifyRelease } from "../../../src/trust/verifyRelease.ts";
import { makeKey } from "../../support/keys.ts";
import { pushSample } from "../../support/sample.ts";
import { ID, pushSigned } from "../../support/signed.ts";

const [key, other, stranger] = await Promise.all([makeKey(), makeKey("ecdsa-p256"), makeKey()]);
const expected: Expected = { id: ID, kind: "program", version: "1.0.0" };
const reference = { host: "registry.example", name: "app", tag: "1.0.0" };

let storage: TaggedStorage;
beforeEach(() => void (storage = openMemory()));

async function verify(
  root: FetchedManifest,
  { wanted = {}, threshold = 1 }: { wanted?: Partial<Expected>; threshold?: number } = {},
) {
  return await verifyRelease(storage, root, {
    quorum: { keys: [key.publicKey, other.publicKey], threshold },
    expected: { ...expected, ...wanted },
    tags: new Set(await storage.tags()),
  });
}

async function unsigned(tag = "1.0.0"): Promise<FetchedManifest> {
  await pushSample(storage, { tag });
  return await storage.fetchManifest(tag);
}

/** As `cosign sign -a KEY=VALUE` does. */
async function cosign(
  root: FetchedManifest,
  signer: Signer,
  optional: Readonly<Record<string, unknown>>,
): Promise<void> {
  const image = { "docker-manifest-digest": root.descriptor.digest };
  const critical = { identity: { "docker-reference": "" }, image, type: "cosign container image signature" };
  const bytes = Buffer.from(JSON.stringify({ critical, optional }));
  const signature = Buffer.from(signer.sign(bytes)).toString("base64");
  const annotations = { "dev.cosignproject.cosign/signature": signature };
  const mediaType = "application/vnd.dev.cosign.simplesigning.v1+json";
  const { manifest, blobs } = composeLayers([{ descriptor: describeBytes(mediaType, bytes, { annotations }), bytes }]);
  for (const blob of blobs) await storage.push(blob.descriptor, contentOf(blob.bytes));
  const tag = cosignTag(root.descriptor.digest);
  await storage.push(manifest.descriptor, contentOf(manifest.bytes), { tag });
}

const refused = (message: string) => ({ code: "bad-data", message: expect.stringContaining(message) as string });

describe("a release with a signature in its index", () => {
  test("is verified by it, without another request", async () => {
    const root = await pushSigned(storage, { tag: "1.0.0", signers: [key] });
    const tags = new Set(await storage.tags());
    const silent: TaggedStorage = { ...storage, fetchManifest: async () => await Promise.reject(new Error("asked")) };
    const quorum = { keys: [key.publicKey], threshold: 1 };
    expect(await verifyRelease(silent, root, { quorum, expected, tags })).toEqual({
      by: "slipway",
      signers: [key.publicKey],
      version: "1.0.0",
      id: ID,
      critical: false,
    });
  });

  test("needs as many keys as the threshold", async () => {
    const root = await pushSigned(storage, { tag: "1.0.0", signers: [key] });
    await expect(verify(root, { threshold: 2 })).rejects.toMatchObject(refused("is not signed by 2 keys"));
    const both = await pushSigned(storage, { tag: "1.0.0", signers: [key, other] });
    expect((await verify(both, { threshold: 2 })).signers).toHaveLength(2);
  });

  test("of a stranger is refused, with what is wrong", async () => {
    const root = await pushSigned(storage, { tag: "1.0.0", signers: [stranger] });
    await expect(verify(root)).rejects.toMatchObject(refused("the release is not signed by a key that is trusted"));
  });

  test("may have cosign's instead, by a key that is trusted", async () => {
    const root = await pushSigned(storage, { tag: "1.0.0", signers: [stranger] });
    await pushCosignSignatures(storage, root, { reference, signers: [other] });
    expect(await verify(root)).toMatchObject({ by: "cosign", signers: [other.publicKey], version: "1.0.0" });
  });

  // cosign signs a digest, and under that digest the index says itself what it is.
  test.each([
    ["is another program's", { id: "com.example.other" }, "it is a release of com.example.other"],
    ["is the launcher", { kind: "launcher" }, "it is the launcher, not the program"],
    ["is another version", { version: "0.9.0" }, "it was signed as version 0.9.0, not as 1.0.0"],
  ] as const)(
    "that says that it %s is not believed to be anything else because cosign has signed it too",
    async (_, said, message) => {
      for (const signers of [[key], [stranger]]) {
        const root = await pushSigned(storage, { tag: "1.0.0", signers, ...said });
        await pushCosignSignatures(storage, root, { reference, signers: [key] });
        await expect(verify(root)).rejects.toMatchObject(refused(message));
      }
    },
  );
});

test("a release that nobody has signed is refused, and so is what only looks signed", async () => {
  const root = await unsigned();
  await expect(verify(root)).rejects.toMatchObject(refused("the release is not signed"));
  await pushCosignSignatures(storage, root, { reference, signers: [stranger] });
  await expect(verify(root)).rejects.toMatchObject(refused("the release is not signed"));
});

describe("a registry that does not say what refers to a release", () => {
  const refusing = (why: AppError): TaggedStorage => ({
    ...storage,
    referrers: async () => await Promise.reject(why),
  });
  const ask = async (source: TaggedStorage, root: FetchedManifest, threshold = 1) =>
    await verifyRelease(source, root, {
      quorum: { keys: [key.publicKey, other.publicKey], threshold },
      expected,
      tags: new Set(await storage.tags()),
    });

  test.each(["not-found", "bad-data"] as const)(
    "hides no signature that is elsewhere, and is named where there is none: %s",
    async (code) => {
      const refusal = new AppError(code, "registry.example answered 403");
      const root = await unsigned();
      const none = refused("the release is not signed, and installer.json trusts only what is; cosign's signatures");
      await expect(ask(refusing(refusal), root)).rejects.toMatchObject(none);
      await expect(ask(refusing(refusal), root)).rejects.toMatchObject(refused("registry.example answered 403"));
      await pushCosignSignatures(storage, root, { reference, signers: [key] });
      expect(await ask(refusing(refusal), root)).toMatchObject({ by: "cosign", signers: [key.publicKey] });
      const tooFew = refused(
        "signed by 1 of the 2 keys that have to (with cosign); cosign's signatures may be missing",
      );
      await expect(ask(refusing(refusal), root, 2)).rejects.toMatchObject(tooFew);
    },
  );

  test("is another matter than one that cannot be reached", async () => {
    const down = new AppError("unavailable", "no connection");
    await expect(ask(refusing(down), await unsigned())).rejects.toBe(down);
  });
});

describe("a release that cosign has signed", () => {
  test("is the version that it says itself, which is under the digest", async () => {
    const root = await unsigned();
    await pushCosignSignatures(storage, root, { reference, signers: [key] });
    expect(await verify(root)).toMatchObject({
      by: "cosign",
      version: "1.0.0",
      id: undefined,
      signers: [key.publicKey],
    });
    await expect(verify(root, { wanted: { version: "1.1.0" } })).rejects.toMatchObject(
      refused("the release is not what it is offered as: cosign's signature is over 1.0.0, not 1.1.0"),
    );
  });

  test("is known by its digest alone, where nobody names a version", async () => {
    const root = await unsigned();
    await pushCosignSignatures(storage, root, { reference, signers: [key] });
    expect(await verify(root, { wanted: { version: undefined } })).toMatchObject({ version: "1.0.0" });
  });

  test("is the version that was signed along with it, if there is one", async () => {
    const root = await unsigned();
    await cosign(root, key, { version: "v1.1.0" });
    expect(await verify(root, { wanted: { version: "1.1.0" } })).toMatchObject({ version: "1.1.0" });
    await expect(verify(root)).rejects.toMatchObject(refused("cosign's signature is over 1.1.0, not 1.0.0"));
  });

  test("is the program that was signed along with it, if there is one", async () => {
    const root = await unsigned();
    await cosign(root, key, { id: ID });
    expect(await verify(root)).toMatchObject({ id: ID });
    await expect(verify(root, { wanted: { id: "com.example.other" } })).rejects.toMatchObject(
      refused("is not what it is"),
    );
  });

  test("but not named is refused, and may be named along with the signature", async () => {
    await pushSample(storage, { tag: "nightly" });
    const root = await storage.fetchManifest("nightly");
    await pushCosignSignatures(storage, root, { reference, signers: [key] });
    await expect(verify(root)).rejects.toMatchObject(refused("cosign's signature does not say which version"));
    await cosign(root, key, { version: "1.0.0" });
    expect(await verify(root)).toMatchObject({ version: "1.0.0" });
  });

  test("needs as many keys as the threshold, too", async () => {
    const root = await unsigned();
    await pushCosignSignatures(storage, root, { reference, signers: [key] });
    await expect(verify(root, { threshold: 2 })).rejects.toMatchObject(
      refused("signed by 1 of the 2 keys that have to"),
    );
    await pushCosignSignatures(storage, root, { reference, signers: [key, other] });
    expect((await verify(root, { threshold: 2 })).signers).toHaveLength(2);
  });
});
