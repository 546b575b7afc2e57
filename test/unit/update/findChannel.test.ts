import { describe, expect, test } from "vitest";
import { openMemory } from "../../../src/oci/memory.ts";
import type { TrustRecord } from "../../../src/store/trustRecord.ts";
import { type ChannelDocument, composeChannel } from "../../../src/trust/channelDocument.ts";
import { signEnvelope } from "../../../src/trust/dsse.ts";
import { type ChannelQuestion, fetchChannel, isStale, judgeChannel, seenOf } from "../../../src/update/findChannel.ts";
import { makeKey } from "../../support/keys.ts";
import { pushSample } from "../../support/sample.ts";
import { ID } from "../../support/signed.ts";
import { channelOf, keyringOf, pushChannel } from "../../support/updateContext.ts";

const [key, stranger] = await Promise.all([makeKey(), makeKey()]);
const keyring = keyringOf([key]);
const nothingSeen: TrustRecord = { schema: 1, channels: {} };
const signal = AbortSignal.timeout(60_000);

const signed = (change: Partial<ChannelDocument> = {}, signer = key) =>
  signEnvelope(composeChannel(channelOf(change)), signer);
const judge = (envelope: ReturnType<typeof signed> | undefined, more: Partial<ChannelQuestion> = {}) =>
  judgeChannel(envelope, {
    id: ID,
    channel: "stable",
    keyring,
    record: nothingSeen,
    required: false,
    origin: "registry.example/app",
    ...more,
  });
const refused = (message: string) =>
  expect.objectContaining({ code: "bad-data", message: expect.stringContaining(message) });

/** The record of a computer that has seen this document. */
function seen(change: Partial<ChannelDocument>, by = key): TrustRecord {
  const read = judge(signed(change, by), { keyring: keyringOf([by]) });
  if (read === undefined) throw new Error("there is no document");
  return { schema: 1, channels: { "channel-stable": seenOf(read, undefined) } };
}

describe("a document is asked for", () => {
  test("and is there, or is not, or is something else", async () => {
    const storage = openMemory();
    expect(await fetchChannel(storage, "stable", signal)).toBeUndefined();
    await pushChannel(storage, channelOf({ sequence: 3 }), [key]);
    expect(judge(await fetchChannel(storage, "Stable", signal))?.document.sequence).toBe(3);
    await pushSample(storage, { tag: "channel-beta" });
    await expect(fetchChannel(storage, "beta", signal)).rejects.toMatchObject({ code: "bad-data" });
  });
});

describe("a document that is missing", () => {
  test("is none, where there never was one and none is needed", () => {
    expect(judge(undefined)).toBeUndefined();
  });

  test("is refused where there was one, or one is needed", () => {
    const message = "registry.example/app has no document of the channel stable";
    expect(() => judge(undefined, { record: seen({ sequence: 4 }) })).toThrow(refused(`${message}, and had number 4`));
    expect(() => judge(undefined, { required: true })).toThrow(refused(message));
  });

  test("of another channel is no matter", () => {
    expect(judge(undefined, { record: seen({}), channel: "beta" })).toBeUndefined();
  });
});

describe("a document that is there", () => {
  test("is believed when it is the same, or newer", () => {
    const record = seen({ sequence: 4 });
    expect(judge(signed({ sequence: 4 }), { record })?.document.sequence).toBe(4);
    expect(judge(signed({ sequence: 5 }), { record })?.document.sequence).toBe(5);
  });

  test("is refused when it is older than what this computer has seen", () => {
    expect(() => judge(signed({ sequence: 3 }), { record: seen({ sequence: 4 }) })).toThrow(
      refused("registry.example/app has number 3 of the document of the channel stable, and this computer has seen 4"),
    );
  });

  test("is refused when it is another one of the same number", () => {
    const other = signed({ sequence: 4, yanked: [{ version: "1.0.0", reason: "no" }] });
    expect(() => judge(other, { record: seen({ sequence: 4 }) })).toThrow(
      refused("registry.example/app has another number 4 of the document of the channel stable"),
    );
  });

  test("may have been signed again by another key, and is the same", () => {
    const both = keyringOf([key, stranger]);
    const again = signEnvelope(signed({ sequence: 4 }), stranger);
    expect(judge(again, { record: seen({ sequence: 4 }), keyring: both })?.document.sequence).toBe(4);
  });

  test("is refused when a stranger has signed it, whatever it says", () => {
    expect(() => judge(signed({ sequence: 9 }, stranger))).toThrow(refused("is not signed by a key that is trusted"));
    expect(() => judge(composeChannel(channelOf()), {})).toThrow(refused("is not signed"));
  });

  test("is read from anybody where nobody has to sign, and does not go back there either", () => {
    const read = judge(composeChannel(channelOf({ sequence: 4 })), { keyring: undefined });
    if (read === undefined) throw new Error("there is no document");
    const record: TrustRecord = { schema: 1, channels: { "channel-stable": seenOf(read, undefined) } };
    const question = { keyring: undefined, record };
    expect(judge(composeChannel(channelOf({ sequence: 5 })), question)?.document.sequence).toBe(5);
    expect(() => judge(composeChannel(channelOf({ sequence: 3 })), question)).toThrow(refused("has number 3"));
  });
});

describe("after the keys were replaced", () => {
  const rotated = keyringOf([stranger], { sequence: 1 });

  test("numbers begin anew where none of those who signed is believed any more: a thief may have used them up", () => {
    const record = seen({ sequence: 900_000 });
    expect(judge(signed({ sequence: 1 }, stranger), { record, keyring: rotated })?.document.sequence).toBe(1);
  });

  test("that there was a document is remembered: one that is missing is hidden, or not made yet", () => {
    const missing = () => judge(undefined, { record: seen({ sequence: 4 }), keyring: rotated });
    expect(missing).toThrow(refused("has no document of the channel stable, and had number 4"));
    expect(missing).toThrow(expect.objectContaining({ hint: expect.stringContaining("The keys were replaced since") }));
    expect(() => judge(undefined, { record: seen({ sequence: 4 }) })).toThrow(
      expect.objectContaining({ hint: expect.not.stringContaining("keys") }),
    );
  });

  test("they count on where the old key is still good, and again where the new one has signed", () => {
    const kept = keyringOf([stranger, key], { sequence: 1 });
    expect(() => judge(signed({ sequence: 4 }), { record: seen({ sequence: 5 }), keyring: kept })).toThrow(
      refused("has number 4"),
    );
    const record = seen({ sequence: 5 }, stranger);
    expect(() => judge(signed({ sequence: 4 }, stranger), { record, keyring: rotated })).toThrow(
      refused("has number 4"),
    );
  });
});

describe("what is remembered of a document", () => {
  const read = judge(
    signed({ sequence: 4, expires: "2026-02-02T00:00:00Z", yanked: [{ version: "1.0.0", reason: "no" }] }),
  );
  if (read === undefined) throw new Error("there is no document");

  test("is what tells it from others, until when it is good, and what was taken back", () => {
    expect(seenOf(read, undefined)).toEqual({
      keys: [key.publicKey.id],
      sequence: 4,
      digest: read.digest,
      issued: "2026-01-02T03:04:05Z",
      expires: "2026-02-02T00:00:00Z",
      yanked: [{ version: "1.0.0", reason: "no" }],
      told: false,
    });
  });

  test("is that the person was told of it, as long as it is the same", () => {
    const told = { ...seenOf(read, undefined), told: true };
    expect(seenOf(read, told).told).toBe(true);
    expect(seenOf(read, { ...told, sequence: 3 }).told).toBe(false);
  });
});

test("a document is stale after its time, also for a clock that stands before it was issued", () => {
  const read = (change: Partial<ChannelDocument>) => {
    const found = judge(signed(change));
    if (found === undefined) throw new Error("there is no document");
    return found;
  };
  const until = read({ expires: "2026-02-02T00:00:00Z" });
  expect(isStale(until, Date.parse("2026-02-01T23:59:59Z"))).toBe(false);
  expect(isStale(until, Date.parse("2026-02-02T00:00:00Z"))).toBe(true);
  expect(isStale(until, 0)).toBe(false);
  expect(isStale(read({ expires: "2026-01-01T00:00:00Z" }), 0)).toBe(true);
  expect(isStale(read({}), Number.MAX_SAFE_INTEGER)).toBe(false);
});
