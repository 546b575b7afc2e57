import { describe, expect, test } from "vitest";
import type { Installer } from "../../../src/config/installer.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { notFound, type TaggedStorage } from "../../../src/oci/storage.ts";
import { type ChannelPlace, fetchChannelDocument } from "../../../src/publisher/channels.ts";
import { publishChannel } from "../../../src/publisher/publishChannel.ts";
import type { ChannelDocument } from "../../../src/trust/channelDocument.ts";
import { emptyChannel } from "../../../src/trust/planChannel.ts";
import { makeKey } from "../../support/keys.ts";
import { ID, pushSigned } from "../../support/signed.ts";

const key = await makeKey();
const keyring = { sequence: 0, keys: [key.publicKey], threshold: 1, recovery: [] };
const number = (sequence: number, reason = "no"): ChannelDocument => ({
  ...emptyChannel(ID, "stable"),
  sequence,
  yanked: [{ version: "1.0.0", reason }],
});
const placeOf = (repository: TaggedStorage): ChannelPlace => ({
  installer: { id: ID } as Installer,
  repository,
  tags: ["channel-stable"],
  keyring,
});
const raced: unknown = expect.objectContaining({
  code: "temporary",
  message: expect.stringContaining("at the same time"),
  hint: expect.stringContaining("slipway channel show"),
});

/** Somebody else does something as soon as the document is under its tag. */
function meddledWith(storage: TaggedStorage, meddle: () => Promise<void>): TaggedStorage {
  return {
    ...storage,
    async push(descriptor, content, options) {
      await storage.push(descriptor, content, options);
      if (options?.tag !== undefined) await meddle();
    },
  };
}

describe("somebody else who publishes at the same time", () => {
  test("before, is found by the number", async () => {
    const storage = openMemory();
    await publishChannel(placeOf(storage), number(2), [key]);
    await expect(publishChannel(placeOf(storage), number(2, "other"), [key])).rejects.toEqual(raced);
    await expect(publishChannel(placeOf(storage), number(1), [key])).rejects.toEqual(raced);
    await publishChannel(placeOf(storage), number(3), [key]);
  });

  test("after, is found by what the tag stands for", async () => {
    const storage = openMemory();
    const meddled = meddledWith(storage, async () => await publishAnyway(storage));
    await expect(publishChannel(placeOf(meddled), number(1), [key])).rejects.toEqual(raced);
    // Trying again goes on from theirs.
    const there = await fetchChannelDocument(placeOf(storage), "stable");
    expect(there?.document).toEqual(number(1, "theirs"));
    await publishChannel(placeOf(storage), number(2), [key]);
  });

  test("may be whoever deletes it", async () => {
    const resolve = async (reference: string): Promise<never> => {
      throw notFound(reference);
    };
    const place = placeOf({ ...openMemory(), resolve });
    await expect(publishChannel(place, number(1), [key])).rejects.toEqual(raced);
  });
});

test("something else under the tag is replaced", async () => {
  const storage = openMemory();
  const other = await pushSigned(storage, { tag: "1.0.0", signers: [key] });
  await storage.tag(other.descriptor, "channel-stable");
  await publishChannel(placeOf(storage), number(1), [key]);
  expect((await fetchChannelDocument(placeOf(storage), "stable"))?.document).toEqual(number(1));
});

/** As somebody who looked before the other document was there. */
async function publishAnyway(storage: TaggedStorage): Promise<void> {
  await publishChannel(placeOf({ ...storage, tags: async () => [] }), number(1, "theirs"), [key]);
}
