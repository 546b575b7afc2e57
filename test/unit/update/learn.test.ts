import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import type { TaggedStorage } from "../../../src/oci/storage.ts";
import { readActivation } from "../../../src/store/activation.ts";
import { takeNews } from "../../../src/store/news.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { readState } from "../../../src/store/state.ts";
import { readTrustRecord } from "../../../src/store/trustRecord.ts";
import { isInRollout } from "../../../src/trust/rollout.ts";
import { findRelease } from "../../../src/update/find.ts";
import { update } from "../../../src/update/update.ts";
import { makeKey } from "../../support/keys.ts";
import { ID, pushSigned } from "../../support/signed.ts";
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

const [a, b, offline] = await Promise.all([makeKey(), makeKey(), makeKey()]);
const trust = trustOf(keyringOf([a], { offline: [offline] }));

/** A repository with these versions, offered to everybody by the document with this number. */
async function repository(
  sequence: number,
  versions: readonly string[],
  more = {},
  signers = [a],
): Promise<TaggedStorage> {
  const storage = openMemory();
  const releases = [];
  for (const version of versions) {
    const { digest } = (await pushSigned(storage, { tag: version, seed: version, signers, platforms: ["linux/amd64"] }))
      .descriptor;
    releases.push({ version, digest, rollout: 100, critical: false });
  }
  await pushChannel(storage, channelOf({ sequence, releases, ...more }), signers);
  return storage;
}

async function start(paths: StorePaths, storages: readonly TaggedStorage[], more: ContextOptions = {}) {
  const origins = storages.map((storage, number) => ({ name: `origin-${number}`, open: async () => storage }));
  const context = updateContext(paths, { trust, origins, ...more });
  const options = { deadline: 60_000, waitForLock: 0 };
  const result = await update(context, { request: { kind: "latest" }, requestText: "latest", ...options });
  return { ...result, logged: context.logged, current: currentOf(paths) };
}

function currentOf(paths: StorePaths): string | undefined {
  const read = readActivation(paths);
  return read.kind === "found" ? read.activation.current.version : undefined;
}

describe("what a start has seen of a channel", () => {
  test("no later one goes back behind, and what is installed stays", async () => {
    await using store = await openStore();
    const old = await repository(4, ["1.0.0"], { yanked: [] });
    const recent = await repository(5, ["1.0.0", "1.1.0"]);
    expect(await start(store.paths, [recent])).toMatchObject({ kind: "activated", current: "1.1.0" });
    expect(readTrustRecord(store.paths).channels["channel-stable"]).toMatchObject({
      sequence: 5,
      keys: [a.publicKey.id],
    });
    const back = await start(store.paths, [old]);
    expect(back).toMatchObject({ kind: "failed", during: "check", current: "1.1.0", error: { code: "bad-data" } });
    expect(readTrustRecord(store.paths).channels["channel-stable"]).toMatchObject({ sequence: 5 });
  });

  test("is remembered also when nothing of it could be installed", async () => {
    await using store = await openStore();
    await start(store.paths, [await repository(5, ["1.0.0"])]);
    const none = await repository(6, ["1.1.0"]);
    const broken: TaggedStorage = {
      ...none,
      fetchManifest: async (name, options) =>
        name.startsWith("sha256:")
          ? await Promise.reject(new Error("broken"))
          : await none.fetchManifest(name, options),
    };
    expect(await start(store.paths, [broken])).toMatchObject({ kind: "failed", current: "1.0.0" });
    expect(readTrustRecord(store.paths).channels["channel-stable"]).toMatchObject({ sequence: 6 });
  });

  test("has a mirror that is behind, or has no document, left for the next one", async () => {
    await using store = await openStore();
    await start(store.paths, [await repository(5, ["1.0.0"])]);
    const behind = await repository(4, ["1.0.0"]);
    const without = openMemory();
    await pushSigned(without, { tag: "9.0.0", signers: [a] });
    const recent = await repository(6, ["1.0.0", "1.1.0"]);
    const { logged, ...result } = await start(store.paths, [behind, without, recent]);
    expect(result).toMatchObject({ kind: "activated", current: "1.1.0" });
    const failed = logged.filter(({ event }) => event === "repository-failed");
    expect(failed.map(({ repository }) => repository)).toEqual(["origin-0", "origin-1"]);
    expect(String(failed[0]?.["error"])).toContain("origin-0 has number 4");
    expect(String(failed[1]?.["error"])).toContain("origin-1 has no document of the channel stable, and had number 5");
  });

  test("is not put in the place of what another start has seen meanwhile", async () => {
    await using store = await openStore();
    await start(store.paths, [await repository(4, ["1.0.0"])]);
    const slow = await repository(5, ["1.0.0"]);
    const recent = await repository(6, ["1.0.0"]);
    // It was stopped while it waited for an answer, and its lock was broken.
    const stopped: TaggedStorage = {
      ...slow,
      async tags(options) {
        await rm(store.paths.lock);
        await start(store.paths, [recent]);
        return await slow.tags(options);
      },
    };
    await start(store.paths, [stopped]);
    expect(readTrustRecord(store.paths).channels["channel-stable"]).toMatchObject({ sequence: 6 });
  });

  test("begins anew with new keys", async () => {
    await using store = await openStore();
    await start(store.paths, [await repository(900_000, ["1.0.0"])]);
    const rotated = await repository(1, ["1.0.0", "1.1.0"], {}, [b]);
    await pushKeys(rotated, keyringOf([b], { sequence: 10_000, offline: [offline] }), { signer: offline });
    expect(await start(store.paths, [rotated])).toMatchObject({ kind: "activated", current: "1.1.0" });
    const record = readTrustRecord(store.paths);
    expect(record.keys).toMatchObject({ sequence: 10_000, keys: [b.publicKey.pem] });
    expect(record.channels["channel-stable"]).toMatchObject({ sequence: 1, keys: [b.publicKey.id] });
    // The old key is good for nothing, wherever its statements still lie.
    const old = await repository(900_001, ["2.0.0"]);
    expect(await start(store.paths, [old])).toMatchObject({ kind: "failed", current: "1.1.0" });
  });
});

describe("a version that was taken back", () => {
  test("is left for a lower one, with the reason", async () => {
    await using store = await openStore();
    await start(store.paths, [await repository(1, ["1.0.0", "1.1.0"])]);
    const yanked = [{ version: "1.1.0", reason: "it loses work" }];
    const after = await repository(2, ["1.0.0", "1.1.0"], { yanked });
    expect(await start(store.paths, [after])).toMatchObject({
      kind: "activated",
      from: "1.1.0",
      withdrawn: "it loses work",
      current: "1.0.0",
    });
    // Whoever has updated may be a process that nobody sees.
    expect(takeNews(store.paths)).toEqual({ kind: "withdrawn", from: "1.1.0", to: "1.0.0", reason: "it loses work" });
    expect(await start(store.paths, [after])).toMatchObject({ kind: "up-to-date", current: "1.0.0" });
    expect(takeNews(store.paths)).toBeUndefined();
  });
});

test("a document that has expired is told of once", async () => {
  await using store = await openStore();
  const expires = "2026-02-02T00:00:00Z";
  const until = await repository(1, ["1.0.0"], { expires });
  await start(store.paths, [until]);
  const now = Date.parse("2026-03-01T00:00:00Z");
  expect(await start(store.paths, [until], { now })).toMatchObject({ kind: "up-to-date", frozenSince: expires });
  expect(takeNews(store.paths)).toEqual({ kind: "frozen", since: expires });
  expect(await start(store.paths, [until], { now })).toMatchObject({ kind: "up-to-date", frozenSince: expires });
  expect(takeNews(store.paths)).toBeUndefined();
  const next = await repository(2, ["1.0.0"], { expires: "2026-02-03T00:00:00Z" });
  await start(store.paths, [next], { now });
  expect(takeNews(store.paths)).toEqual({ kind: "frozen", since: "2026-02-03T00:00:00Z" });
});

describe("a mirror whose document has expired", () => {
  const expires = "2026-02-02T00:00:00Z";
  const now = Date.parse("2026-03-01T00:00:00Z");
  const down = async (): Promise<TaggedStorage> => ({
    ...openMemory(),
    tags: async () => await Promise.reject(new AppError("unavailable", "no connection")),
  });

  test("is told of where the repository cannot be reached, and both are asked again at the next start", async () => {
    await using store = await openStore();
    const mirror = await repository(1, ["1.0.0"], { expires });
    await start(store.paths, [mirror]);
    const { lastCheck } = readState(store.paths);
    const result = await start(store.paths, [mirror, await down()], { now });
    expect(result).toMatchObject({ kind: "up-to-date", current: "1.0.0", frozenSince: expires });
    expect(takeNews(store.paths)).toEqual({ kind: "frozen", since: expires });
    const failed = result.logged.filter(({ event }) => event === "repository-failed");
    expect(failed.map(({ repository }) => repository)).toEqual(["origin-0", "origin-1"]);
    expect(readState(store.paths).lastCheck).toBe(lastCheck);
  });

  test("has no say where the repository has a good one, or brings something that cannot be installed", async () => {
    await using store = await openStore();
    const mirror = await repository(1, ["1.0.0"], { expires });
    await start(store.paths, [mirror]);
    const origin = await repository(2, ["1.0.0", "1.1.0"]);
    const broken: TaggedStorage = {
      ...origin,
      async *fetch(descriptor, options) {
        if (descriptor.size === 4000) throw new AppError("unavailable", "cut");
        yield* origin.fetch(descriptor, options);
      },
    };
    const failed = await start(store.paths, [mirror, broken], { now });
    expect(failed).toMatchObject({ kind: "failed", during: "installation", current: "1.0.0" });
    expect(await start(store.paths, [mirror, origin], { now })).toMatchObject({ kind: "activated", current: "1.1.0" });
  });
});

describe("what is newer and was refused", () => {
  test("is said, whether something else was installed or not, and is looked for again at the next start", async () => {
    await using store = await openStore();
    const storage = openMemory();
    await pushSigned(storage, { tag: "1.0.0", signers: [a], platforms: ["linux/amd64"] });
    await pushSigned(storage, { tag: "1.1.0", signers: [b], platforms: ["linux/amd64"] });
    const refused = { version: "1.1.0", error: { code: "bad-data" } };
    expect(await start(store.paths, [storage])).toMatchObject({ kind: "activated", current: "1.0.0", refused });
    const again = await start(store.paths, [storage]);
    expect(again).toMatchObject({ kind: "up-to-date", current: "1.0.0", refused });
    expect(again.logged).toContainEqual(expect.objectContaining({ event: "left-out", version: "1.1.0" }));
    expect(readState(store.paths).lastCheck).toBeUndefined();
    await pushSigned(storage, { tag: "1.1.0", signers: [a], platforms: ["linux/amd64"] });
    expect(await start(store.paths, [storage])).not.toHaveProperty("refused");
    expect(readState(store.paths).lastCheck).toBeDefined();
  });
});

test("a computer is among the first, or not, from its very first start on", async () => {
  await using store = await openStore();
  const versions = Array.from({ length: 24 }, (_, number) => `1.0.${number}`);
  const storage = openMemory();
  const { digest } = (await pushSigned(storage, { tag: "0.9.0", signers: [a], platforms: ["linux/amd64"] })).descriptor;
  const release = (version: string, rollout: number) => ({ version, digest, rollout, critical: false });
  const releases = [release("0.9.0", 100), ...versions.map((version) => release(version, 50))];
  await pushChannel(storage, channelOf({ releases }), [a]);
  const { logged } = await start(store.paths, [storage]);
  const { installId } = readState(store.paths);
  const omitted = logged.filter(({ event, reason }) => event === "left-out" && String(reason).includes("50 %"));
  expect(omitted.map(({ version }) => version)).toEqual(
    versions.filter((version) => !isInRollout({ installId, id: ID, version }, 50)),
  );
});

test("whoever only asks writes nothing", async () => {
  await using store = await openStore();
  const storage = await repository(3, ["1.0.0"], {}, [b]);
  await pushKeys(storage, keyringOf([b], { sequence: 1, offline: [offline] }), { signer: a });
  const context = updateContext(store.paths, { trust });
  const finding = await findRelease(
    context,
    { name: "origin", open: async () => storage },
    { request: { kind: "latest" }, activation: undefined, quarantine: [], signal: AbortSignal.timeout(60_000) },
  );
  expect(finding).toMatchObject({ kind: "found", release: { version: "1.0.0" } });
  expect(existsSync(store.paths.root)).toBe(false);
});
