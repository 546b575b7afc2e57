import { expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { channelsBehind } from "../../../src/publisher/channels.ts";
import { makeKey } from "../../support/keys.ts";
import { pushSample } from "../../support/sample.ts";
import { channelOf, keyringOf, pushChannel } from "../../support/updateContext.ts";

const [holds, dropped] = await Promise.all([makeKey(), makeKey()]);
const now = digestOf(Buffer.from("now"));
const before = { version: "1.2.0", digest: digestOf(Buffer.from("before")), rollout: 100, critical: false };

test("channels that offer a version as it was before are found, and who has signed them", async () => {
  const storage = openMemory();
  const publish = async (channel: string, change: Parameters<typeof channelOf>[0], signer = holds): Promise<void> =>
    await pushChannel(storage, channelOf({ channel, ...change }), [signer]);
  await publish("stable", { releases: [before] });
  await publish("beta", { releases: [before] }, dropped);
  await publish("current", { releases: [{ ...before, digest: now }] });
  await publish("other", { releases: [{ ...before, version: "1.3.0" }] });
  await publish("yanked", { releases: [before], yanked: [{ version: "1.2.0", reason: "no" }] });
  await pushSample(storage, { tag: "channel-junk" });
  const question = { tags: await storage.tags(), version: "1.2.0", digest: now };
  expect(await channelsBehind(storage, { ...question, keyring: keyringOf([holds]) })).toEqual([
    { channel: "beta", believed: false },
    { channel: "stable", believed: true },
  ]);
  const believed = await channelsBehind(storage, { ...question, keyring: undefined });
  expect(believed.every((one) => one.believed)).toBe(true);
});
