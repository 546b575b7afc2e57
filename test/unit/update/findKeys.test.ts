import { setImmediate } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import type { TaggedStorage } from "../../../src/oci/storage.ts";
import type { Keyring } from "../../../src/trust/keyring.ts";
import { findKeys, mayLeadToKeys, tagOfKeys } from "../../../src/update/findKeys.ts";
import { makeKey } from "../../support/keys.ts";
import { pushSample } from "../../support/sample.ts";
import { ID } from "../../support/signed.ts";
import { keyringOf, pushKeys } from "../../support/updateContext.ts";

const [a, b, c, offline, offline2, thief] = await Promise.all([1, 2, 3, 4, 5, 6].map(async () => await makeKey()));
if (!a || !b || !c || !offline || !offline2 || !thief) throw new Error("keys are missing");

/** What launchers were built with. */
const built = keyringOf([a], { offline: [offline] });
const ring = (sequence: number, key = b, recovery = offline): Keyring =>
  keyringOf([key], { sequence, offline: [recovery] });

let storage: TaggedStorage;
let logged: string[];
beforeEach(() => {
  storage = openMemory();
  logged = [];
});

async function find(known = built, source = storage): Promise<{ sequence: number; keys: string[] }> {
  const log = (event: string, { sequence }: Readonly<Record<string, unknown>>): void =>
    void logged.push(`${event} ${String(sequence)}`);
  // A check keeps no others.
  const tags = (await source.tags()).filter((tag) => mayLeadToKeys(tag, known));
  const found = await findKeys(source, known, { tags, id: ID, log });
  return { sequence: found.sequence, keys: found.keys.map(({ id }) => id) };
}

const is = (sequence: number, ...keys: (typeof a)[]) => ({ sequence, keys: keys.map((key) => key?.publicKey.id) });

test("without a statement the keys are those that are known, and nothing is asked for", async () => {
  await pushSample(storage, { tag: "1.0.0" });
  const silent: TaggedStorage = { ...storage, fetchManifest: async () => await Promise.reject(new Error("asked")) };
  expect(await find(built, silent)).toEqual(is(0, a));
});

test("one statement leads to the next, for whoever has missed some", async () => {
  await pushKeys(storage, ring(1, b), { signer: a });
  await pushKeys(storage, ring(2, c), { signer: b });
  expect(await find()).toEqual(is(2, c));
  expect(logged).toEqual(["keys-accepted 1", "keys-accepted 2"]);
  expect(await find(ring(1, b))).toEqual(is(2, c));
  expect(await find(ring(2, c))).toEqual(is(2, c));
});

describe("a statement that cannot be accepted changes nothing", () => {
  test("whoever made it, and whatever follows it", async () => {
    await pushKeys(storage, ring(1, thief), { signer: thief });
    await pushKeys(storage, ring(2, thief), { signer: thief });
    expect(await find()).toEqual(is(0, a));
    expect(logged).toEqual(["keys-refused 1"]);
  });

  test("when a number is missing that the keys cannot do without", async () => {
    await pushKeys(storage, ring(1, b), { signer: a });
    await pushKeys(storage, ring(3, c), { signer: b });
    await pushKeys(storage, ring(10_000, c), { signer: b });
    expect(await find()).toEqual(is(1, b));
  });

  test("when it is under another number, or another program's", async () => {
    await pushKeys(storage, ring(1), { signer: a, sequence: 2 });
    await pushKeys(storage, ring(1), { signer: a, id: "com.example.other" });
    expect(await find()).toEqual(is(0, a));
  });

  test("when its tag is something else", async () => {
    await pushSample(storage, { tag: "trust-1" });
    expect(await find()).toEqual(is(0, a));
    expect(logged).toEqual(["keys-refused 1"]);
  });
});

test("what is no number of a statement is not looked at", async () => {
  for (const tag of ["trust-0", "trust-01", "trust-1.0", "trust--1", "trust-1000000", "Trust-1", "trust-1 "])
    await pushSample(storage, { tag });
  expect(await find()).toEqual(is(0, a));
  expect(logged).toEqual([]);
});

describe("a recovery key", () => {
  test("goes ahead of what a thief has made of the key that was stolen", async () => {
    await pushKeys(storage, ring(1, thief), { signer: a });
    await pushKeys(storage, ring(2, thief), { signer: thief });
    await pushKeys(storage, ring(10_000, c), { signer: offline });
    expect(await find()).toEqual(is(10_000, c));
    // Whoever has followed the thief comes back too.
    expect(await find(ring(2, thief))).toEqual(is(10_000, c));
  });

  test("is believed by whoever took statements that a thief has taken away since", async () => {
    await pushKeys(storage, ring(10_000, c), { signer: offline });
    expect(await find(ring(700, thief))).toEqual(is(10_000, c));
  });

  test("is followed by what its own new keys say", async () => {
    await pushKeys(storage, ring(1, thief), { signer: a });
    await pushKeys(storage, ring(10_000, b), { signer: offline });
    await pushKeys(storage, ring(10_001, c), { signer: b });
    expect(await find()).toEqual(is(10_001, c));
  });

  test("is followed by the recovery key that it introduces", async () => {
    await pushKeys(storage, ring(10_000, b, offline2), { signer: offline });
    await pushKeys(storage, ring(10_001, thief, offline2), { signer: b });
    await pushKeys(storage, ring(30_000, c, offline2), { signer: offline2 });
    expect(await find()).toEqual(is(30_000, c));
  });

  test("that was replaced has no say any more", async () => {
    await pushKeys(storage, ring(10_000, b, offline2), { signer: offline });
    await pushKeys(storage, ring(20_000, thief), { signer: offline });
    expect(await find(ring(10_000, b, offline2))).toEqual(is(10_000, b));
  });

  test("is found behind all that a thief can put in front of it", async () => {
    await pushKeys(storage, ring(10_000, c), { signer: offline });
    for (let sequence = 20_000; sequence < 1_000_000; sequence += 10_000)
      await (sequence % 20_000 === 0
        ? pushSample(storage, { tag: tagOfKeys(sequence) })
        : pushKeys(storage, ring(sequence, thief), { signer: thief }));
    for (let sequence = 999_980; sequence <= 999_999; sequence += 1)
      await pushKeys(storage, ring(sequence, thief), { signer: thief });
    expect(await find()).toEqual(is(10_000, c));
  });
});

describe("whoever can write to the repository", () => {
  test("has a start ask for so many statements at most, each once", async () => {
    for (let sequence = 1; sequence <= 60; sequence += 1) {
      await pushKeys(storage, ring(sequence, thief), { signer: thief });
      await pushKeys(storage, ring(sequence * 10_000, thief), { signer: thief });
    }
    const asked: string[] = [];
    const counting: TaggedStorage = {
      ...storage,
      fetchManifest: async (tag, options) => (asked.push(tag), await storage.fetchManifest(tag, options)),
    };
    expect(await find(built, counting)).toEqual(is(0, a));
    expect(asked.length).toBe(61);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test("has a start fetch some of them at a time", async () => {
    for (let sequence = 10_000; sequence < 1_000_000; sequence += 10_000)
      await pushKeys(storage, ring(sequence, thief), { signer: thief });
    let running = 0;
    let most = 0;
    const counting: TaggedStorage = {
      ...storage,
      fetchManifest: async (tag, options) => {
        running += 1;
        most = Math.max(most, running);
        await setImmediate();
        running -= 1;
        return await storage.fetchManifest(tag, options);
      },
    };
    expect(await find(built, counting)).toEqual(is(0, a));
    expect(most).toBe(16);
  });

  test("has no start go without its keys, which goes on where the last one stopped", async () => {
    let before = a;
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      const next = sequence % 2 === 0 ? b : c;
      await pushKeys(storage, ring(sequence, next), { signer: before });
      before = next;
    }
    expect(await find(keyringOf([a], { offline: [offline] }))).toEqual(is(16, b));
    expect(await find(ring(16, b))).toEqual(is(20, b));
  });

  test("can take a statement away, which is not the end", async () => {
    await pushKeys(storage, ring(1, b), { signer: a });
    const tags = [...(await storage.tags()), tagOfKeys(2)];
    const found = await findKeys(storage, built, { tags, id: ID, log: () => undefined });
    expect(found.sequence).toBe(1);
  });
});

test("few of all tags that there can be may lead to keys, wherever one begins", () => {
  const tags = Array.from({ length: 999_999 }, (_, index) => tagOfKeys(index + 1));
  for (const sequence of [0, 5, 123_456])
    expect(tags.filter((tag) => mayLeadToKeys(tag, ring(sequence))).length).toBeLessThan(1800);
  const may = [1, 16, 17, 123_457, 123_472, 123_473, 120_000, 120_001, 990_000].map((number) => [
    number,
    mayLeadToKeys(tagOfKeys(number), ring(123_456)),
  ]);
  expect(may.flatMap(([number, is]) => (is === true ? [number] : []))).toEqual([
    1, 16, 123_457, 123_472, 120_000, 120_001, 990_000,
  ]);
  expect(mayLeadToKeys("1.0.0", ring(0))).toBe(false);
});

test("a repository that does not answer is another matter than one without statements", async () => {
  await pushKeys(storage, ring(1), { signer: a });
  const down: TaggedStorage = {
    ...storage,
    fetchManifest: async () => await Promise.reject(new AppError("unavailable", "down")),
  };
  await expect(find(built, down)).rejects.toMatchObject({ code: "unavailable" });
});
