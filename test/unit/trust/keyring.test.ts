import { describe, expect, test } from "vitest";
import { type Envelope, signEnvelope, type Signer } from "../../../src/trust/dsse.ts";
import {
  acceptKeys,
  composeKeysStatement,
  fingerprintOf,
  isByRecovery,
  type Keyring,
  KEYS_STATEMENT,
  parseKeyring,
  writeKeyring,
} from "../../../src/trust/keyring.ts";
import { makeKey } from "../../support/keys.ts";

const id = "com.example.app";
const issued = "2026-01-02T03:04:05Z";
const [one, two, fresh, offline, other] = await Promise.all([makeKey(), makeKey(), makeKey(), makeKey(), makeKey()]);
const publicOf = (...signers: Signer[]) => signers.map(({ publicKey }) => publicKey);

/** What a launcher was built with: either of two keys, and one offline. */
const current: Keyring = { sequence: 3, keys: publicOf(one, two), threshold: 1, recovery: publicOf(offline) };
const next: Keyring = { ...current, sequence: 4, keys: publicOf(fresh) };

const statement = (signer: Signer, change: Partial<Keyring> = {}): Envelope =>
  composeKeysStatement({ id, next: { ...next, ...change }, issued, signer });
const accept = (envelope: Envelope, { named = 4, from = current, of = id } = {}): Keyring =>
  acceptKeys(from, envelope, { id: of, named });
const refused = (message: string) =>
  expect.objectContaining({ code: "bad-data", message: expect.stringContaining(message) });

/** Signed, but not as the composer writes it. */
function written(signer: Signer, change: Readonly<Record<string, unknown>>): Envelope {
  const payload = Buffer.from(JSON.stringify({ id, issued, ...writeKeyring(next), ...change }));
  return signEnvelope({ payloadType: KEYS_STATEMENT, payload, signatures: [] }, signer);
}

test("a keyring is read as it was written", () => {
  expect(writeKeyring(parseKeyring(writeKeyring(current)))).toEqual(writeKeyring(current));
});

describe("a keyring's fingerprint", () => {
  test("is the same however its keys are written", () => {
    const { keys, recovery } = current;
    const turned = { ...current, keys: keys.toReversed(), recovery: [...recovery, ...recovery] };
    expect(fingerprintOf(turned)).toBe(fingerprintOf(current));
  });

  test.each<[string, Partial<Keyring>]>([
    ["number", { sequence: 4 }],
    ["keys", { keys: publicOf(one) }],
    ["threshold", { threshold: 2 }],
    ["recovery keys", { recovery: publicOf(other) }],
    ["keys, which are its recovery keys", { keys: current.recovery, recovery: current.keys }],
  ])("is another one with other %s", (_, change) => {
    expect(fingerprintOf({ ...current, ...change })).not.toBe(fingerprintOf(current));
  });
});

describe("keys that sign releases", () => {
  test("may replace themselves, by the next number", () => {
    expect(writeKeyring(accept(statement(one)))).toEqual(writeKeyring(next));
  });

  test("may raise the threshold, to as many keys as there are", () => {
    const raised = statement(one, { keys: publicOf(one, fresh), threshold: 2 });
    expect(accept(raised)).toMatchObject({ threshold: 2 });
    expect(() => accept(statement(one, { threshold: 2 }))).toThrow(
      refused("the statement about keys 4 wants 2 signatures of 1 keys"),
    );
  });

  test("have to be as many as the threshold that holds, not the one that is to be", () => {
    const from = { ...current, threshold: 2 };
    expect(() => accept(statement(one), { from })).toThrow(
      refused("is not signed by 2 keys that are trusted (only by 1)"),
    );
    expect(accept(signEnvelope(statement(one), two), { from }).keys).toHaveLength(1);
  });

  test.each([5, 6, 100])("may not skip numbers, as %s would", (named) => {
    expect(() => accept(statement(one, { sequence: named }), { named })).toThrow(
      refused(`the statement about keys ${named} does not follow 3, which holds`),
    );
  });

  test.each([
    ["replace", publicOf(other)],
    ["add to", publicOf(offline, other)],
    ["take away", []],
  ])("may not %s the recovery keys", (_, recovery) => {
    expect(() => accept(statement(one, { recovery }))).toThrow(
      refused("changes recovery keys without being signed by one"),
    );
  });

  test("may write the recovery keys in another order, or twice", () => {
    const from = { ...current, recovery: publicOf(offline, other) };
    expect(accept(statement(one, { recovery: publicOf(other, offline, other) }), { from }).sequence).toBe(4);
  });
});

describe("a recovery key", () => {
  test("may replace all keys, and itself", () => {
    const change = { sequence: 10_000, keys: publicOf(fresh), recovery: publicOf(other) };
    const accepted = accept(statement(offline, change), { named: 10_000 });
    expect(writeKeyring(accepted)).toEqual(writeKeyring({ ...next, ...change }));
  });

  test.each([10_000, 20_000, 990_000])("may go ahead to number %s", (named) => {
    expect(accept(statement(offline, { sequence: named }), { named }).sequence).toBe(named);
  });

  // Each has to be one of few, that a launcher can look at all of them.
  test.each([4, 5, 10_001, 999_999])("may not take number %s, which is not one of its own", (named) => {
    expect(() => accept(statement(offline, { sequence: named }), { named })).toThrow(
      refused("is signed by a recovery key, and its number is no multiple of 10000"),
    );
  });

  test.each([10_000, 20_000])("may not go back to number %s", (named) => {
    const from = { ...current, sequence: 20_000 };
    expect(() => accept(statement(offline, { sequence: named }), { named, from })).toThrow(
      refused(`the statement about keys ${named} is not newer than 20000, which holds`),
    );
  });

  test("is told from the others", () => {
    expect(isByRecovery(current, statement(offline))).toBe(true);
    expect(isByRecovery(current, statement(one))).toBe(false);
  });

  test("that another statement introduces itself has no say yet", () => {
    expect(() => accept(statement(other, { recovery: publicOf(other) }))).toThrow(refused("is not signed"));
  });
});

describe("a statement is refused", () => {
  test("of a stranger, or of the very keys that it introduces", () => {
    expect(() => accept(statement(other))).toThrow(refused("the statement about keys 4 is not signed by a key"));
    expect(() => accept(statement(fresh))).toThrow(refused("is not signed by a key"));
  });

  test("about another program of the same publisher", () => {
    expect(() => accept(statement(one), { of: "com.example.other" })).toThrow(
      refused("is about com.example.app, not com.example.other"),
    );
  });

  test("under another number than its own", () => {
    expect(() => accept(statement(offline, { sequence: 7 }), { named: 8 })).toThrow(refused("says that it is 7"));
  });

  test("of another kind that the same key has signed", () => {
    const { payload } = statement(one);
    const foreign = signEnvelope(
      { payloadType: "application/vnd.slipway.release.v1+json", payload, signatures: [] },
      one,
    );
    expect(() => accept(foreign)).toThrow(refused("expected application/vnd.slipway.keys.v1+json"));
  });

  test.each([
    ["no keys", { keys: [] }, "keys: expected a key at least"],
    ["a key that is none", { keys: ["key"] }, "the statement about keys 4: this is no public key"],
    ["a threshold of nobody", { threshold: 0 }, "threshold"],
    [
      "the same key twice, both of which would have to sign",
      { keys: [pem(fresh), pem(fresh)], threshold: 2 },
      "wants 2",
    ],
    ["more keys than anybody has", { keys: Array.from({ length: 17 }, () => pem(fresh)) }, "expected 16 keys at most"],
    ["a number that no tag has", { sequence: 1_000_000 }, "sequence"],
    ["a number that is none", { sequence: "4" }, "sequence"],
  ])("with %s, whoever has signed it", (_, change, message) => {
    for (const signer of [one, offline]) expect(() => accept(written(signer, change))).toThrow(refused(message));
  });

  function pem({ publicKey }: Signer): string {
    return publicKey.pem;
  }
});
