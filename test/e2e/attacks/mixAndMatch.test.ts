import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { composeChannel } from "../../../src/trust/channelDocument.ts";
import { signEnvelope } from "../../../src/trust/dsse.ts";
import { type Attacked, openAttacked } from "../../support/attacker.ts";

let attacked: Attacked;
let before: ReadonlyMap<string, Descriptor>;

beforeAll(async () => {
  attacked = await openAttacked();
  await attacked.publish("1.0.0", "one");
  await attacked.startSaying("one");
  await attacked.publish("0.9.0", "old");
  before = await attacked.snapshot();
});

afterAll(async () => {
  await attacked[Symbol.asyncDispose]();
});

afterEach(async () => {
  await attacked.restore(before);
});

// TUF specification 1.5.1 "mix-and-match attack": every part was signed, and never as one release.
describe("parts of several releases are no release", () => {
  test.each<[what: string, change: (index: { manifests: unknown[] }, other: { manifests: unknown[] }) => unknown[]]>([
    ["a platform's manifest of another version", (_, other) => other.manifests],
    ["one manifest more than was signed", (index, other) => [...index.manifests, ...other.manifests]],
    ["another one put before it", (index, other) => [...other.manifests, ...index.manifests]],
    ["none of what was signed", () => []],
    [
      "a manifest under another platform's name",
      (index) =>
        index.manifests.map((child) => Object.assign({}, child, { platform: { os: "linux", architecture: "s390x" } })),
    ],
  ])("%s", async (_, change) => {
    await attacked.publish("1.1.0", "two");
    const index = await attacked.index("1.1.0");
    await attacked.putIndex("1.1.0", { ...index, manifests: change(index, await attacked.index("0.9.0")) });

    expect(await attacked.start()).toMatchObject({ said: "one", told: "", exitCode: 0 });
    expect(attacked.logged("left-out").at(-1)).toMatchObject({
      version: "1.1.0",
      reason: expect.stringContaining("are not those that were signed"),
    });
  });

  test("an index that a document did not name is not taken for the one that it did", async () => {
    await attacked.publish("1.1.0", "two");
    await attacked.signed(["promote", "1.1.0"]);
    const { digest } = await attacked.registry.resolve("1.1.0");
    // Signed and of this version, but pushed anew since.
    await attacked.publish("1.1.0", "forged", ["--force"]);
    expect((await attacked.start()).said).toBe("two");
    expect(attacked.sandbox.requests.some(({ path }) => path.endsWith(`/manifests/${digest}`))).toBe(true);
  });
});

describe("a document of another channel or program", () => {
  test("says nothing about this one", async () => {
    await attacked.publish("2.0.0-beta.1", "beta");
    await attacked.signed(["promote", "2.0.0-beta.1", "--channel", "beta"]);
    const beta = await attacked.registry.resolve("channel-beta");
    await attacked.registry.tag(beta, "channel-stable");
    const start = await attacked.start();
    expect(start).toMatchObject({ told: "", exitCode: 0 });
    expect(start.said).not.toBe("beta");
    expect(attacked.logged("update-failed").at(-1)?.["error"]).toContain("is that of the channel beta");

    const document = { ...EMPTY, id: "com.example.other", sequence: 50 };
    const signer = await attacked.steal("slipway.key");
    await attacked.putDocument("channel-stable", signEnvelope(composeChannel(document), signer));
    expect(await attacked.start()).toMatchObject({ told: "", exitCode: 0 });
    expect(attacked.logged("update-failed").at(-1)?.["error"]).toContain("is about com.example.other");
  });
});

const EMPTY = {
  id: "com.example.app",
  channel: "stable",
  sequence: 1,
  issued: new Date().toISOString(),
  releases: [],
  yanked: [],
};
