import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeChannel } from "../../../src/trust/channelDocument.ts";
import { signEnvelope } from "../../../src/trust/dsse.ts";
import { type Attacked, openAttacked } from "../../support/attacker.ts";

// TUF specification 1.5.1 "rollback attack": what the attacker offers was signed once, and is older than what the person
// has, or has seen.

let attacked: Attacked;

beforeAll(async () => {
  attacked = await openAttacked();
  await attacked.publish("1.0.0", "one");
});

afterAll(async () => {
  await attacked[Symbol.asyncDispose]();
});

describe("a release", () => {
  test("of before under a newer version's tag is refused", async () => {
    await attacked.publish("1.1.0", "two");
    expect((await attacked.start()).said).toBe("two");

    await attacked.registry.tag(await attacked.registry.resolve("1.0.0"), "9.9.9");

    expect(await attacked.start()).toMatchObject({ said: "two", exitCode: 0, told: "" });
    expect(attacked.logged("left-out").at(-1)).toMatchObject({
      version: "9.9.9",
      reason: expect.stringContaining("signed as version 1.0.0, not as 9.9.9"),
    });
    await attacked.registry.delete("9.9.9");
  });

  test("of before is not gone back to, should it be all that the registry has", async () => {
    const early = new Map([["1.0.0", await attacked.registry.resolve("1.0.0")]]);
    const now = await attacked.snapshot();
    await attacked.restore(early);
    expect(await attacked.start()).toMatchObject({ said: "two", exitCode: 0, told: "" });
    await attacked.restore(now);
  });
});

describe("a channel's document", () => {
  test("with a lower number than the last one is refused, with all that it offers", async () => {
    await attacked.signed(["promote", "1.1.0"]);
    const old = await attacked.snapshot();
    await attacked.signed(["yank", "1.1.0", "--reason", "it loses work"]);
    expect((await attacked.start()).said).toBe("one");

    // The registry as it was before 1.1.0 was taken back: all of it signed, and none of it true any more.
    const now = await attacked.snapshot();
    await attacked.restore(old);

    expect(await attacked.start()).toMatchObject({ said: "one", exitCode: 0, told: "" });
    expect(attacked.logged("update-failed").at(-1)?.["error"]).toMatch(
      /has number 1 of the document .* and this computer has seen 2/,
    );
    expect((await attacked.sandbox.launch(["--launcher", "explain"])).stdout).toContain("this computer has seen 2");
    await attacked.restore(now);
    expect((await attacked.start()).said).toBe("one");
  });

  test("that is another one with the same number is refused", async () => {
    const signer = await attacked.steal("slipway.key");
    const now = await attacked.snapshot();
    const digest = (await attacked.registry.resolve("1.1.0")).digest;
    const document = {
      id: "com.example.app",
      channel: "stable",
      sequence: 2,
      issued: new Date().toISOString(),
      releases: [{ version: "1.1.0", digest, rollout: 100, critical: false }],
      yanked: [],
    };
    await attacked.putDocument("channel-stable", signEnvelope(composeChannel(document), signer));

    expect((await attacked.start()).said).toBe("one");
    expect(attacked.logged("update-failed").at(-1)?.["error"]).toContain("has another number 2 of the document");
    await attacked.restore(now);
  });
});

test("a statement about keys that was replaced does not hold any more", async () => {
  const { sandbox } = attacked;
  await attacked.signed(["rotate", "--drop-old", "--no-passphrase", "--out", "second"]);
  await sandbox.slipway(["rotate", "--key", "second.key", "--drop-old", "--no-passphrase", "--out", "third"]);
  await sandbox.slipway(["sign", "1.0.0", "--key", "third.key"]);
  await sandbox.slipway(["promote", "1.0.0", "--anew", "--key", "third.key"]);
  expect((await attacked.start()).said).toBe("one");
  expect(attacked.logged("keys-accepted").map(({ sequence }) => sequence)).toEqual([1, 2]);

  // Without the second statement the first would be the newest: this computer knows better.
  await attacked.registry.delete("trust-2");
  await sandbox.publish("1.2.0", "echo EVIL", undefined, []);
  await sandbox.slipway(["sign", `${sandbox.repository}:1.2.0`, "--key", "../second.key", "--id", "com.example.app"], {
    cwd: sandbox.home,
  });
  expect((await attacked.start()).said).toBe("one");
  const status = JSON.parse((await sandbox.launch(["--launcher", "status", "--json"])).stdout) as {
    trust: { sequence: number };
  };
  expect(status.trust.sequence).toBe(2);
});
