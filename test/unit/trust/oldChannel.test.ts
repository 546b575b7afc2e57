import { describe, expect, test } from "vitest";
import { CHANNEL_DOCUMENT } from "../../../src/trust/channelDocument.ts";
import type { Envelope } from "../../../src/trust/dsse.ts";
import { lastNumber, readOldChannel } from "../../../src/trust/oldChannel.ts";
import { ID } from "../../support/signed.ts";

const of = { id: ID, channel: "stable" };
const envelopeOf = (payload: string): Envelope => ({
  payloadType: CHANNEL_DOCUMENT,
  payload: Buffer.from(payload),
  signatures: [],
});
const read = (value: unknown) => readOldChannel(envelopeOf(JSON.stringify(value)), of);

describe("a document that is not believed any more", () => {
  test("tells its number, whatever its format", () => {
    expect(read({ ...of, sequence: 7, schema: 9, offers: "something else" })?.sequence).toBe(7);
    expect(readOldChannel({ ...envelopeOf('{"sequence":8}'), payloadType: "of/later" }, of)?.sequence).toBe(8);
  });

  test.each([0, -1, 1.5, "7", null, 2 ** 53])("has no number where it says %j", (sequence) => {
    expect(read({ ...of, sequence })).toMatchObject({ sequence: undefined });
  });

  test.each([
    ["is no JSON", "{"],
    ["is no object", "[1]"],
    ["is another program's", JSON.stringify({ ...of, id: "com.example.other", sequence: 7 })],
    ["is another channel's", JSON.stringify({ ...of, channel: "beta", sequence: 7 })],
  ])("says nothing where it %s", (_, payload) => {
    expect(readOldChannel(envelopeOf(payload), of)).toBeUndefined();
  });
});

describe("what it withheld", () => {
  test("is read entry by entry: what is not understood is passed over", () => {
    const old = read({
      releases: [{ version: "1.1.0", rollout: 10, digest: "of later" }, { version: "1.0.0", rollout: "all" }, "1.2.0"],
      yanked: [{ version: "1.1.0", reason: "it loses\u202ework" }, { version: "2" }, { version: "1.0.1" }, null],
    });
    expect([...(old?.offered ?? [])]).toEqual([["1.1.0", 10]]);
    expect(old?.yanked).toEqual([
      { version: "1.1.0", reason: "it loses work" },
      { version: "1.0.1", reason: "" },
    ]);
  });

  test("is what a new document can hold", () => {
    const yanked = Array.from({ length: 300 }, (_, patch) => ({ version: `1.0.${patch}`, reason: "x".repeat(600) }));
    const old = read({ yanked: [yanked[0], ...yanked] });
    expect(old?.yanked).toHaveLength(200);
    expect(old?.yanked[0]?.reason).toHaveLength(500);
    expect(new Set(old?.yanked.map(({ version }) => version)).size).toBe(200);
  });

  test("is the lower part of all computers where it says two", () => {
    const release = (rollout: number) => ({ version: "1.1.0", rollout });
    expect(read({ releases: [release(10), release(60)] })?.offered?.get("1.1.0")).toBe(10);
    expect(read({ releases: [release(60), release(10)] })?.offered?.get("1.1.0")).toBe(10);
  });

  test("is not known where it offers something else than releases", () => {
    expect(read({ sequence: 7 })).toMatchObject({ sequence: 7, offered: undefined, yanked: [] });
  });
});

test.each<[issued: unknown, expires: unknown, isGood: boolean]>([
  ["2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z", true],
  ["2026-01-01T00:00:00Z", undefined, false],
  ["2026-01-31T00:00:00Z", "2026-01-01T00:00:00Z", false],
  ["2026-01-01T00:00:00Z", "+200000-01-01T00:00:00Z", false],
  ["2026-01-01T00:00:00Z", "soon", false],
  [0, 1, false],
])("how long it was good for is told by %j and %j: %s", (issued, expires, isGood) => {
  expect(read({ issued, expires })?.good).toEqual(isGood ? { issued, expires } : undefined);
});

describe("the number to go on from", () => {
  const question = { channel: "stable", remembered: false, wanted: undefined };
  const after = (known: number | undefined, changed: object = {}) => lastNumber(known, { ...question, ...changed });
  const refused = (code: string, text: string): unknown =>
    expect.objectContaining({ code, message: expect.stringContaining(text) });

  test("is the one that computers have seen", () => {
    expect(after(0)).toBe(0);
    expect(after(7)).toBe(7);
    expect(after(1_000_000, { remembered: true })).toBe(1_000_000);
  });

  test("is not guessed", () => {
    expect(() => after(undefined)).toThrow(refused("bad-data", "does not tell its number any more"));
    expect(after(undefined, { wanted: 42 })).toBe(41);
    expect(after(undefined, { wanted: 42, remembered: true })).toBe(41);
  });

  test("is forgotten with the keys of whoever used the numbers up, and with nothing else", () => {
    expect(after(1_000_001)).toBe(0);
    expect(() => after(1_000_001, { remembered: true })).toThrow(refused("bad-data", "comes to number 1000001"));
    expect(after(1_000_001, { remembered: true, wanted: 1_000_002 })).toBe(1_000_001);
  });

  test("is above what launchers have seen", () => {
    expect(() => after(7, { remembered: true, wanted: 7 })).toThrow(refused("usage", "would refuse number 7"));
    expect(after(7, { remembered: true, wanted: 8 })).toBe(7);
    expect(after(7, { wanted: 3 })).toBe(2);
  });
});
