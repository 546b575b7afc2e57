import { describe, expect, test } from "vitest";
import { describe as describeBytes } from "../../../src/oci/descriptor.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { pushCosignSignatures, readReleaseTag, sealIndex, signIndex } from "../../../src/publisher/signRelease.ts";
import { signersOf } from "../../../src/trust/dsse.ts";
import { readSignature, RELEASE_STATEMENT, withSignature } from "../../../src/trust/releaseStatement.ts";
import { makeKey } from "../../support/keys.ts";
import { ID, sampleIndex } from "../../support/signed.ts";

// Each of its signatures is another one, even over the same.
const [ecdsa, second] = await Promise.all([makeKey("ecdsa-p256"), makeKey()]);
const options = { id: ID, kind: "program", version: "1.0.0", created: "2026-01-02T03:04:05Z" } as const;
const later = { ...options, created: "2027-01-02T03:04:05Z" };
const index = sampleIndex(["linux/amd64", "windows/amd64"]);
const signed = signIndex(index, [ecdsa], options);

function signersIn(root: typeof index): string[] {
  const envelope = readSignature(root);
  const keys = [ecdsa.publicKey, second.publicKey];
  return envelope === undefined ? [] : signersOf(envelope, keys).map(({ id }) => id);
}

test.each([
  ["1.2.0", { kind: "program", version: "1.2.0" }],
  ["v1.2.0", { kind: "program", version: "1.2.0" }],
  ["1.2.0_7", { kind: "program", version: "1.2.0+7" }],
  ["launcher-1.2.0", { kind: "launcher", version: "1.2.0" }],
])("the tag %s says what is signed", (tag, expected) => {
  expect(readReleaseTag(tag)).toEqual(expected);
});

test.each(["latest", "1.2", "launcher-latest", "channel-stable", "trust-1"])(
  "the tag %s says nothing to sign",
  (tag) => {
    expect(() => readReleaseTag(tag)).toThrow(expect.objectContaining({ code: "usage" }));
  },
);

describe("an index that is signed again", () => {
  test("by the same key is the same, also later", () => {
    expect(signIndex(signed, [ecdsa], later)).toEqual(signed);
  });

  test("by another key has both", () => {
    const both = signIndex(signed, [second], later);
    expect(signersIn(both)).toEqual([ecdsa.publicKey.id, second.publicKey.id]);
    expect(readSignature(both)?.payload).toEqual(readSignature(signed)?.payload);
  });

  test("as something else loses what was signed before", () => {
    expect(signersIn(signIndex(signed, [second], { ...options, version: "1.1.0" }))).toEqual([second.publicKey.id]);
    expect(signersIn(signIndex(signed, [second], { ...options, id: "com.example.other" }))).toEqual([
      second.publicKey.id,
    ]);
  });

  test("loses a signature that nobody can read", () => {
    const text = Buffer.from(signed.bytes)
      .toString()
      .replace(/"vnd\.slipway\.signature":"(?:[^"\\]|\\.)*"/, '"vnd.slipway.signature":"{"');
    const bytes = Buffer.from(text);
    const broken = { descriptor: describeBytes(index.descriptor.mediaType, bytes), bytes };
    expect(() => readSignature(broken)).toThrow("not JSON");
    expect(signersIn(signIndex(broken, [second], options))).toEqual([second.publicKey.id]);
  });

  test.each(["null", "garbage", "[]"])("loses one over %s, which anybody can have put there", (payload) => {
    const envelope = { payloadType: RELEASE_STATEMENT, payload: Buffer.from(payload), signatures: [] };
    expect(signersIn(signIndex(withSignature(index, envelope), [second], options))).toEqual([second.publicKey.id]);
  });

  test("and what strangers have put beside is thrown away where it is known who counts", async () => {
    const strangers = await Promise.all(Array.from({ length: 16 }, async () => await makeKey()));
    const crowded = signIndex(index, strangers, { ...options, created: "1999-01-01T00:00:00Z" });
    const trusted = [ecdsa.publicKey, second.publicKey];
    const again = signIndex(crowded, [second], { ...options, trusted });
    expect(signersIn(again)).toEqual([second.publicKey.id]);
    expect(again).toEqual(signIndex(index, [second], options));
    expect(signersIn(signIndex(signed, [second], { ...options, trusted }))).toEqual([
      ecdsa.publicKey.id,
      second.publicKey.id,
    ]);
  });
});

describe("an index that is pushed", () => {
  const sealing = { ...later, tag: "1.0.0", signers: [second] };

  test("joins what is published with the same content, and its signatures", async () => {
    const storage = openMemory();
    await storage.push(signed.descriptor, contentOf(signed.bytes), { tag: "1.0.0" });
    const sealed = await sealIndex(storage, index, sealing);
    expect(sealed.known).toBe(true);
    expect(signersIn(sealed.index)).toEqual([ecdsa.publicKey.id, second.publicKey.id]);
    expect(withSignature(sealed.index, undefined)).toEqual(index);
  });

  test("joins nothing else", async () => {
    const storage = openMemory();
    expect((await sealIndex(storage, index, sealing)).known).toBe(false);
    const other = signIndex(sampleIndex(["linux/amd64"]), [ecdsa], options);
    await storage.push(other.descriptor, contentOf(other.bytes), { tag: "1.0.0" });
    const sealed = await sealIndex(storage, index, sealing);
    expect(sealed.known).toBe(false);
    expect(signersIn(sealed.index)).toEqual([second.publicKey.id]);
  });
});

test("a signature for cosign stands there once, however often it is made", async () => {
  const storage = openMemory();
  const reference = { host: "registry.example", name: "app", tag: "1.0.0" };
  const push = async (...signers: (typeof ecdsa)[]) =>
    await storage.resolve(await pushCosignSignatures(storage, signed, { reference, signers }));
  const first = await push(ecdsa);
  expect(await push(ecdsa)).toEqual(first);
  const both = await push(ecdsa, second);
  expect(both).not.toEqual(first);
  expect(await push(second, ecdsa)).toEqual(both);
});
