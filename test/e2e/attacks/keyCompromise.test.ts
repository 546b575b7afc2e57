import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { composeChannel } from "../../../src/trust/channelDocument.ts";
import { type Signer, signEnvelope } from "../../../src/trust/dsse.ts";
import { composeKeysStatement, type Keyring } from "../../../src/trust/keyring.ts";
import { generateKeyPair, openPrivateKey } from "../../../src/trust/privateKey.ts";
import { type Attacked, openAttacked } from "../../support/attacker.ts";
import { expectSuccess } from "../../support/sandbox.ts";

// TUF specification 1.5.1 "vulnerability to key compromises" and "fast-forward attack" (5.3.11): the attacker owns the
// registry and has stolen the key that signs releases, but not the one for recovery.

let attacked: Attacked;
let stolen: Signer;
let own: Signer;

beforeAll(async () => {
  attacked = await openAttacked();
  stolen = await attacked.steal("slipway.key");
  const { privatePem } = generateKeyPair("ed25519", undefined);
  own = await openPrivateKey(privatePem, { source: "thief", passphrase: async () => "" });
  await attacked.publish("1.0.0", "honest");
  await attacked.signed(["promote", "1.0.0"]);
  await attacked.startSaying("honest");
});

afterAll(async () => {
  await attacked[Symbol.asyncDispose]();
});

function documentOf(sequence: number, releases: readonly { version: string; digest: Descriptor["digest"] }[]) {
  return composeChannel({
    id: "com.example.app",
    channel: "stable",
    sequence,
    issued: new Date().toISOString(),
    releases: releases.map(({ version, digest }) => ({ version, digest, rollout: 100, critical: false })),
    yanked: [],
  });
}

async function trustOf() {
  const { stdout } = await attacked.sandbox.launch(["--launcher", "status", "--json"]);
  return (JSON.parse(stdout) as { trust: { sequence: number; keys: string[] } }).trust;
}

describe("until the publisher knows of it", () => {
  test("what the thief signs is run: no setting prevents that", async () => {
    await attacked.publish("9.9.9", "THIEF");
    const { digest } = await attacked.registry.resolve("9.9.9");
    // The highest number that there is, after which the publisher's own would never count again.
    const last = documentOf(Number.MAX_SAFE_INTEGER, [{ version: "9.9.9", digest }]);
    await attacked.putDocument("channel-stable", signEnvelope(last, stolen));
    expect((await attacked.start()).said).toBe("THIEF");
  });

  test("the thief can bring keys of their own in, and neither skip numbers nor take the recovery key away", async () => {
    const { stdout } = await attacked.sandbox.launch(["--launcher", "status", "--json"]);
    expect(stdout).toContain(stolen.publicKey.id);
    const recovery = await attacked.steal("slipway-recovery.key");
    const thiefs: Keyring = { sequence: 1, keys: [own.publicKey], threshold: 1, recovery: [recovery.publicKey] };
    const issued = new Date().toISOString();
    const put = async (next: Keyring): Promise<void> =>
      await attacked.putDocument(
        `trust-${next.sequence}`,
        composeKeysStatement({ id: "com.example.app", next, issued, signer: stolen }),
      );

    for (const sequence of [2, 10_000, 900_000]) await put({ ...thiefs, sequence });
    await attacked.start();
    expect((await trustOf()).sequence).toBe(0);
    for (const sequence of [2, 900_000]) await attacked.registry.delete(`trust-${sequence}`);
    await put({ ...thiefs, recovery: [own.publicKey] });
    await attacked.start();
    expect(attacked.logged("keys-refused").at(-1)?.["error"]).toContain(
      "changes recovery keys without being signed by one",
    );
    expect((await trustOf()).sequence).toBe(0);

    await put(thiefs);
    await attacked.start();
    expect(await trustOf()).toMatchObject({ sequence: 1, keys: [own.publicKey.id] });
  });
});

describe("after the publisher has replaced the keys with the one for recovery", () => {
  beforeAll(async () => {
    const { sandbox } = attacked;
    // A statement that computers took, and which the publisher does not get to see.
    await attacked.registry.delete("trust-1");
    const rotate = ["rotate", "--key", "slipway-recovery.key", "--drop-old", "--no-passphrase", "--out", "fresh"];
    expectSuccess(await sandbox.slipway(rotate));
    expectSuccess(await sandbox.slipway(["sign", "1.0.0", "--key", "fresh.key"]));
    expectSuccess(await sandbox.slipway(["promote", "1.0.0", "--anew", "--key", "fresh.key"]));
  });

  test("a computer that has seen a document waits for one by the new keys: nobody gains by taking it away", async () => {
    const now = await attacked.snapshot();
    await attacked.sandbox.publish("10.0.0", "echo staged", undefined, ["--sign-key", "fresh.key"]);
    await attacked.registry.delete("channel-stable");
    expect(await attacked.start()).toMatchObject({ said: "THIEF", told: "", exitCode: 0 });
    const { stdout } = await attacked.sandbox.launch(["--launcher", "explain"]);
    expect(stdout).toContain("has no document of the channel stable");
    expect(stdout).toContain("updates go on when the publisher has made a new document");
    await attacked.restore(now);
  });

  test("a computer that took the thief's keys believes the publisher again, whatever number was used up", async () => {
    await attacked.start();
    const trust = await trustOf();
    expect(trust.sequence).toBe(20_000);
    expect(trust.keys).not.toContain(own.publicKey.id);
    expect(trust.keys).not.toContain(stolen.publicKey.id);
    const { stdout } = await attacked.sandbox.launch(["--launcher", "status", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ trust: { document: { sequence: 1 } } });
  });

  test("what the thief had installed stays until it is taken back, and then goes", async () => {
    expect((await attacked.start()).said).toBe("THIEF");
    const yank = ["yank", "9.9.9", "--reason", "it was not ours", "--key", "fresh.key"];
    expectSuccess(await attacked.sandbox.slipway(yank));
    const start = await attacked.start();
    expect(start.said).toBe("honest");
    expect(start.told).toContain("app 9.9.9 was withdrawn by its publisher, so 1.0.0 is used. (it was not ours");
  });

  test("nothing that either of the thief's keys signs is believed", async () => {
    const now = await attacked.snapshot();
    for (const signer of [stolen, own]) {
      const { digest } = await attacked.registry.resolve("9.9.9");
      await attacked.putDocument(
        "channel-stable",
        signEnvelope(documentOf(1_000_000, [{ version: "9.9.9", digest }]), signer),
      );
      expect(await attacked.start()).toMatchObject({ said: "honest", told: "", exitCode: 0 });
      expect(attacked.logged("update-failed").at(-1)?.["error"]).toContain("not signed by a key that is trusted");
    }
    await attacked.restore(now);
  });

  test("a computer that was off all the while believes the publisher too, and so does a new one", async () => {
    await rm(attacked.sandbox.data, { recursive: true });
    // The launcher of before, with the keys of before in it.
    expect((await attacked.start()).said).toBe("honest");
    expect((await trustOf()).sequence).toBe(20_000);
  });

  test("and updates go on", async () => {
    const { sandbox } = attacked;
    await sandbox.publish("1.1.0", "echo fixed", undefined, ["--sign-key", "fresh.key"]);
    expectSuccess(await sandbox.slipway(["promote", "1.1.0", "--key", "fresh.key"]));
    expect((await attacked.start()).said).toBe("fixed");
  });
});
