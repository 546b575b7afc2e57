import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import type { Keyring } from "../../../src/trust/keyring.ts";
import { nextNumber, planKeys } from "../../../src/trust/planKeys.ts";
import { makeKey } from "../../support/keys.ts";

const [one, two, fresh, offline, other] = (
  await Promise.all([makeKey(), makeKey(), makeKey(), makeKey(), makeKey()])
).map(({ publicKey }) => publicKey);
if (!one || !two || !fresh || !offline || !other) throw new Error("keys are missing");

const current: Keyring = { sequence: 3, keys: [one, two], threshold: 2, recovery: [offline] };
const change = { sequence: 4, introduced: [fresh], keepOld: true, threshold: undefined, recovery: [] };
const usage = (message: string, hint = "") =>
  expect.objectContaining({
    code: "usage",
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });

describe("the next keys", () => {
  test("are the new ones beside those that hold, of which as many have to sign as before", () => {
    expect(planKeys(current, change)).toEqual({ ...current, sequence: 4, keys: [fresh, one, two] });
    expect(planKeys(current, { ...change, introduced: [two] }).keys).toEqual([two, one]);
  });

  test("are the new ones alone, where the old ones are dropped", () => {
    const introduced = [fresh, other];
    expect(planKeys(current, { ...change, introduced, keepOld: false })).toMatchObject({
      keys: introduced,
      threshold: 2,
    });
  });

  test("do not ask for fewer signatures without a word", () => {
    const dropped = { ...change, keepOld: false };
    expect(() => planKeys(current, dropped)).toThrow(
      usage("2 keys have to sign, and there would be 1", "--threshold 1"),
    );
    expect(planKeys(current, { ...dropped, threshold: 1 }).threshold).toBe(1);
    expect(() => planKeys(current, { ...change, threshold: 4 })).toThrow(
      usage("4 keys have to sign", "--new FILE.pub"),
    );
  });

  test("come with new recovery keys only where there are some", () => {
    expect(planKeys(current, { ...change, recovery: [other] }).recovery).toEqual([other]);
  });
});

describe("the next statement's number", () => {
  const ask = { byRecovery: true, used: new Set<number>(), asked: undefined };

  test("is the next one, signed by the keys that hold, whatever somebody put ahead", () => {
    expect(nextNumber(current, { ...ask, byRecovery: false, used: new Set([4, 5]) })).toBe(4);
    expect(() => nextNumber(current, { ...ask, byRecovery: false, asked: 10_000 })).toThrow(
      usage("only a recovery key's statement", "Leave --sequence away"),
    );
  });

  test("is a recovery key's own, above what computers may have taken of a thief", () => {
    expect(nextNumber(current, ask)).toBe(10_000);
    expect(nextNumber({ ...current, sequence: 9_999 }, ask)).toBe(10_000);
    expect(nextNumber({ ...current, sequence: 10_000 }, ask)).toBe(20_000);
    // What somebody put in its place is left where it is: some registries let nobody write over it.
    expect(nextNumber(current, { ...ask, used: new Set([1, 10_000, 20_000, 999_999]) })).toBe(30_000);
  });

  test("is the one that was asked for, if it can be", () => {
    expect(nextNumber(current, { ...ask, asked: 50_000, used: new Set([50_000]) })).toBe(50_000);
    for (const asked of [4, 10_001, 1_000_000])
      expect(() => nextNumber(current, { ...ask, asked })).toThrow(
        usage(`number ${asked}`, "a multiple of 10000 above 3"),
      );
    expect(() => nextNumber({ ...current, sequence: 20_000 }, { ...ask, asked: 20_000 })).toThrow(usage("20000"));
  });

  test("is none when somebody has taken them all", () => {
    const used = new Set(Array.from({ length: 99 }, (_, index) => (index + 1) * 10_000));
    let error: unknown;
    try {
      nextNumber(current, { ...ask, used });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: "bad-data", hint: expect.stringContaining("--sequence 10000") });
  });
});
