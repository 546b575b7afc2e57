import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openMemory } from "../../../src/oci/memory.ts";
import type { TaggedStorage } from "../../../src/oci/storage.ts";
import { pushCosignSignatures } from "../../../src/publisher/signRelease.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { readTrustRecord, type TrustRecord, updateTrustRecord } from "../../../src/store/trustRecord.ts";
import { fingerprintOf, type Keyring, writeKeyring } from "../../../src/trust/keyring.ts";
import { type AuthorityOptions, knownKeys, openAuthority } from "../../../src/update/authority.ts";
import { makeKey } from "../../support/keys.ts";
import { pushSample } from "../../support/sample.ts";
import { pushSigned } from "../../support/signed.ts";
import {
  channelOf,
  type ContextOptions,
  keyringOf,
  pushChannel,
  pushKeys,
  trustOf,
  updateContext,
} from "../../support/updateContext.ts";
import { openStore } from "../store/sample.ts";

const [a, b, c, offline] = await Promise.all([makeKey(), makeKey(), makeKey(), makeKey()]);
const built = keyringOf([a], { offline: [offline] });
const trust = trustOf(built);
const program = { kind: "program", version: "1.0.0" } as const;

async function open(
  paths: StorePaths,
  source: TaggedStorage,
  { learned, ...more }: ContextOptions & Partial<AuthorityOptions> & { learned?: TrustRecord[] } = {},
) {
  return await openAuthority(updateContext(paths, { trust, ...more }), source, {
    origin: more.origin ?? { name: "registry.example/app", open: async () => source },
    signal: AbortSignal.timeout(60_000),
    usesChannel: more.usesChannel ?? true,
    ...(learned === undefined ? {} : { onLearned: (record) => void learned.push(record) }),
  });
}

describe("the keys that a launcher knows", () => {
  const remember = async (paths: StorePaths, holds: Keyring, before: readonly Keyring[]): Promise<void> => {
    const from = [...before, holds].map(fingerprintOf);
    await updateTrustRecord(paths, (record) => ({ ...record, keys: { ...writeKeyring(holds), from } }));
  };
  const ids = (context: ReturnType<typeof updateContext>) => knownKeys(context)?.keys.map(({ id }) => id);

  test("are none where nobody has to sign, and else those that it was built with", async () => {
    await using store = await openStore();
    expect(knownKeys(updateContext(store.paths))).toBeUndefined();
    expect(ids(updateContext(store.paths, { trust }))).toEqual([a.publicKey.id]);
  });

  test("are those that it has seen replace them", async () => {
    await using store = await openStore();
    await remember(store.paths, keyringOf([b], { sequence: 2 }), [built]);
    expect(ids(updateContext(store.paths, { trust }))).toEqual([b.publicKey.id]);
    // Somebody took the keys out of the launcher: nobody has to sign any more.
    expect(knownKeys(updateContext(store.paths))).toBeUndefined();
  });

  test("are those of a new launcher where others replaced those of another", async () => {
    await using store = await openStore();
    await remember(store.paths, keyringOf([b], { sequence: 2 }), [built]);
    // The publisher has lost all keys and begins again, with a number that is lower, the same or higher.
    for (const sequence of [0, 2, 3]) {
      const fresh = keyringOf([c], { sequence });
      expect(ids(updateContext(store.paths, { trust: trustOf(fresh) }))).toEqual([c.publicKey.id]);
    }
    // The same keys, which the publisher wants two of now.
    const stricter = { ...keyringOf([a, b], { offline: [offline] }), threshold: 2 };
    expect(knownKeys(updateContext(store.paths, { trust: trustOf(stricter) }))?.threshold).toBe(2);
  });

  test("are those that it was built with when the record of others is damaged", async () => {
    await using store = await openStore();
    const from = [fingerprintOf(built)];
    const keys = { sequence: 2, keys: ["-----BEGIN PUBLIC KEY-----"], threshold: 1, recovery: [], from };
    mkdirSync(store.paths.root, { recursive: true });
    writeFileSync(store.paths.trust, JSON.stringify({ schema: 1, keys, channels: {} }));
    expect(ids(updateContext(store.paths, { trust }))).toEqual([a.publicKey.id]);
  });
});

describe("an origin's releases", () => {
  test("are believed where nobody has to sign", async () => {
    await using store = await openStore();
    const storage = openMemory();
    await pushSample(storage, { tag: "1.0.0" });
    const authority = await open(store.paths, storage, { trust: undefined });
    expect(authority.needed.listed).toBe(1);
    expect(await authority.verify(await storage.fetchManifest("1.0.0"), program)).toBeUndefined();
  });

  test("are verified by the keys of the launcher, as what they are offered as", async () => {
    await using store = await openStore();
    const storage = openMemory();
    const root = await pushSigned(storage, { tag: "1.0.0", signers: [a] });
    const authority = await open(store.paths, storage);
    expect(await authority.verify(root, program)).toMatchObject({ by: "slipway", version: "1.0.0" });
    await expect(authority.verify(root, { kind: "launcher", version: "1.0.0" })).rejects.toMatchObject({
      code: "bad-data",
    });
    await expect(authority.verify(root, { kind: "program", version: "1.1.0" })).rejects.toMatchObject({
      code: "bad-data",
    });
    const stranger = await pushSigned(storage, { tag: "1.0.0", signers: [b] });
    await expect(authority.verify(stranger, program)).rejects.toMatchObject({ code: "bad-data" });
  });

  test("are verified by what cosign has signed, too", async () => {
    await using store = await openStore();
    const storage = openMemory();
    await pushSample(storage, { tag: "1.0.0" });
    const root = await storage.fetchManifest("1.0.0");
    await expect((await open(store.paths, storage)).verify(root, program)).rejects.toMatchObject({ code: "bad-data" });
    const reference = { host: "registry.example", name: "app", tag: "1.0.0" };
    await pushCosignSignatures(storage, root, { reference, signers: [a] });
    expect(await (await open(store.paths, storage)).verify(root, program)).toMatchObject({ by: "cosign" });
  });

  test("that came along with the launcher need nobody's word", async () => {
    await using store = await openStore();
    const storage = openMemory();
    await pushSample(storage, { tag: "1.0.0" });
    const learned: TrustRecord[] = [];
    const origin = { name: "bundle", open: async () => storage, bundled: true } as const;
    const authority = await open(store.paths, storage, { origin, learned });
    expect(authority.channel).toBeUndefined();
    expect(await authority.verify(await storage.fetchManifest("1.0.0"), program)).toBeUndefined();
    expect(learned).toEqual([]);
  });
});

describe("what is learned of an origin", () => {
  test("are new keys, which hold at once, and are told before the document that they have signed", async () => {
    await using store = await openStore();
    const storage = openMemory();
    await pushKeys(storage, keyringOf([b], { sequence: 1, offline: [offline] }), { signer: a });
    await pushChannel(storage, channelOf({ sequence: 7 }), [b]);
    const root = await pushSigned(storage, { tag: "1.0.0", signers: [b] });
    const learned: TrustRecord[] = [];
    const authority = await open(store.paths, storage, { learned });
    expect(authority.channel?.document.sequence).toBe(7);
    expect(await authority.verify(root, program)).toMatchObject({ signers: [{ id: b.publicKey.id }] });
    expect(learned.map(({ keys, channels }) => [keys?.sequence, channels["channel-stable"]?.sequence])).toEqual([
      [1, undefined],
      [1, 7],
    ]);
    expect(learned[1]?.channels["channel-stable"]?.keys).toEqual([b.publicKey.id]);
  });

  test("are new keys for each launcher whose keys led to them, and for no other", async () => {
    await using store = await openStore();
    const storage = openMemory();
    const [first, second, last] = [
      built,
      keyringOf([b], { sequence: 1, offline: [offline] }),
      keyringOf([c], { sequence: 10_000 }),
    ];
    const see = async (from: Keyring): Promise<void> => {
      const learned: TrustRecord[] = [];
      await open(store.paths, storage, { learned, trust: trustOf(from) });
      await updateTrustRecord(store.paths, (record) => learned.at(-1) ?? record);
    };
    const known = (from: Keyring) => knownKeys(updateContext(store.paths, { trust: trustOf(from) }))?.sequence;
    await pushKeys(storage, second, { signer: a });
    await see(first);
    expect([first, second, last].map(known)).toEqual([1, 1, 10_000]);
    await pushKeys(storage, last, { signer: offline });
    await see(first);
    expect([first, second, last].map(known)).toEqual([10_000, 10_000, 10_000]);
    // One that was made meanwhile, and which this computer has not seen, gets there too and stays known.
    const between = keyringOf([a, b], { sequence: 2, offline: [offline] });
    expect(known(between)).toBe(2);
    await see(between);
    expect([first, second, between, last].map(known)).toEqual([10_000, 10_000, 10_000, 10_000]);
    // One with keys of its own leaves the record to the others, until it has something to remember itself.
    const fresh = keyringOf([c], { offline: [b] });
    await see(fresh);
    expect([first, fresh].map(known)).toEqual([10_000, 0]);
    await pushKeys(storage, keyringOf([a], { sequence: 20_000, offline: [b] }), { signer: b });
    await see(fresh);
    expect([first, fresh].map(known)).toEqual([0, 20_000]);
  });

  test("are new keys even when the document is one that they do not believe", async () => {
    await using store = await openStore();
    const storage = openMemory();
    await pushKeys(storage, keyringOf([b], { sequence: 1, offline: [offline] }), { signer: a });
    await pushChannel(storage, channelOf(), [a]);
    const learned: TrustRecord[] = [];
    await expect(open(store.paths, storage, { learned })).rejects.toMatchObject({ code: "bad-data" });
    expect(learned.map(({ keys }) => keys?.sequence)).toEqual([1]);
  });

  test("keeps what is known of other channels", async () => {
    await using store = await openStore();
    const storage = openMemory();
    await pushChannel(storage, channelOf({ channel: "beta", sequence: 2 }), [a]);
    const learned: TrustRecord[] = [];
    await open(store.paths, storage, { learned, settings: { channel: "Beta" } });
    await updateTrustRecord(store.paths, (record) => learned[0] ?? record);
    await pushChannel(storage, channelOf({ sequence: 3 }), [a]);
    await open(store.paths, storage, { learned });
    expect(Object.keys(learned.at(-1)?.channels ?? {})).toEqual(["channel-beta", "channel-stable"]);
  });

  test("is written by nobody here", async () => {
    await using store = await openStore();
    const storage = openMemory();
    await pushKeys(storage, keyringOf([b], { sequence: 1, offline: [offline] }), { signer: a });
    await pushChannel(storage, channelOf(), [b]);
    await open(store.paths, storage);
    expect(existsSync(store.paths.root)).toBe(false);
    expect(readTrustRecord(store.paths).keys).toBeUndefined();
  });
});

describe("the document of the channel", () => {
  test("is asked for while the tags are, where there was one", async () => {
    await using store = await openStore();
    const storage = openMemory();
    await pushChannel(storage, channelOf(), [a]);
    const learned: TrustRecord[] = [];
    await open(store.paths, storage, { learned });
    await updateTrustRecord(store.paths, (record) => learned.at(-1) ?? record);
    const asked: string[] = [];
    const recording: TaggedStorage = {
      ...storage,
      tags: async () => (asked.push("tags"), await storage.tags()),
      fetchManifest: async (tag, options) => (asked.push(tag), await storage.fetchManifest(tag, options)),
    };
    await open(store.paths, recording);
    expect(asked).toEqual(["channel-stable", "tags"]);
  });

  test("is not asked for where somebody has named a version", async () => {
    await using store = await openStore();
    const storage = openMemory();
    await pushChannel(storage, channelOf(), []);
    expect((await open(store.paths, storage, { usesChannel: false })).channel).toBeUndefined();
  });

  test("can be demanded", async () => {
    await using store = await openStore();
    const storage = openMemory();
    await pushSigned(storage, { tag: "1.0.0", signers: [a] });
    const required = { ...trust, channel: "required" };
    await expect(open(store.paths, storage, { trust: required })).rejects.toMatchObject({
      code: "bad-data",
      message: "registry.example/app has no document of the channel stable",
    });
  });
});
