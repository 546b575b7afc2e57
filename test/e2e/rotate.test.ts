import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parsePublicKey } from "../../src/trust/publicKey.ts";
import { type Attacked, openAttacked } from "../support/attacker.ts";
import { json, makeStranger, readInstaller } from "../support/publisher.ts";
import { expectSuccess, type Sandbox } from "../support/sandbox.ts";

interface Trust {
  readonly keys: string[];
  readonly recovery: string[];
  readonly threshold: number;
  readonly sequence: number;
}

const trustIn = async (sandbox: Sandbox): Promise<Trust> => (await readInstaller(sandbox))["trust"] as Trust;
const pem = async (sandbox: Sandbox, name: string): Promise<string> =>
  (await readFile(join(sandbox.directory, name), "utf8")).trim();

async function sequenceOf({ sandbox }: Attacked): Promise<number> {
  const status = await json(sandbox.launch(["--launcher", "status", "--json"]));
  return (status["trust"] as Trust).sequence;
}

describe("a change of keys that was planned", () => {
  test("is found by launchers that are out there, one step after the other, and takes nothing from anybody", async () => {
    await using publisher = await openAttacked();
    const { sandbox } = publisher;
    await publisher.publish("1.0.0", "one");
    await publisher.signed(["promote", "1.0.0"]);
    expect((await publisher.start()).said).toBe("one");

    await publisher.signed(["rotate", "--keep-old", "--no-passphrase"]);
    expect(await trustIn(sandbox)).toMatchObject({
      keys: [await pem(sandbox, "slipway-1.pub"), await pem(sandbox, "slipway.pub")],
      recovery: [await pem(sandbox, "slipway-recovery.pub")],
      sequence: 1,
    });
    // What was signed before is as good as it was.
    expect(await publisher.start()).toMatchObject({ said: "one", told: "" });
    expect(await sequenceOf(publisher)).toBe(1);
    const second = ["rotate", "--key", "slipway-1.key", "--keep-old", "--no-passphrase", "--json"];
    expect(await json(sandbox.slipway(second))).toMatchObject({
      tag: "trust-2",
      files: ["slipway-2.key", "slipway-2.pub"],
    });
    await sandbox.publish("1.1.0", "echo two", undefined, ["--sign-key", "slipway-2.key"]);
    expectSuccess(await sandbox.slipway(["promote", "1.1.0", "--key", "slipway-2.key"]));
    expect((await publisher.start()).said).toBe("two");
    expect(await sequenceOf(publisher)).toBe(2);
  });

  test("may bring keys in that were made elsewhere, and want more of them", async () => {
    await using publisher = await openAttacked();
    const { sandbox } = publisher;
    await publisher.publish("1.0.0", "one");
    expect((await publisher.start()).said).toBe("one");
    await makeStranger(sandbox, "first", "ecdsa-p256");
    await makeStranger(sandbox, "second");
    await publisher.signed(["rotate", "--drop-old", "--new", "first.pub", "--new", "second.pub", "--threshold", "2"]);
    expect(await trustIn(sandbox)).toMatchObject({ threshold: 2, sequence: 1 });
    await sandbox.publish("1.1.0", "echo two", undefined, ["--sign-key", "first.key"]);
    expect((await publisher.start()).said).toBe("one");
    expectSuccess(await sandbox.slipway(["sign", "1.1.0", "--key", "second.key"]));
    expect((await publisher.start()).said).toBe("two");
  });

  test("makes a key of the same kind as the one that holds", async () => {
    await using publisher = await openAttacked();
    const { sandbox } = publisher;
    await publisher.signed(["rotate", "--drop-old", "--no-passphrase", "--type", "ecdsa-p256"]);
    expectSuccess(await sandbox.slipway(["rotate", "--key", "slipway-1.key", "--drop-old", "--no-passphrase"]));
    const [holds] = (await trustIn(sandbox)).keys;
    expect(parsePublicKey(holds ?? "").kind).toBe("ecdsa-p256");
  });

  test("may replace the key for recovery, which only a key for recovery can sign", async () => {
    await using publisher = await openAttacked();
    const { sandbox } = publisher;
    await publisher.publish("1.0.0", "one");
    await makeStranger(sandbox, "offline");
    const change = ["rotate", "--keep-old", "--no-passphrase", "--new-recovery", "offline.pub"];
    const refused = await sandbox.slipway([...change, "--key", "slipway.key"]);
    expect(refused).toMatchObject({ exitCode: 65, stderr: expect.stringContaining("without being signed by one") });
    expect((await trustIn(sandbox)).sequence).toBeUndefined();
    expectSuccess(await sandbox.slipway([...change, "--key", "slipway-recovery.key"]));
    expect((await trustIn(sandbox)).recovery).toEqual([await pem(sandbox, "offline.pub")]);
    expect((await publisher.start()).said).toBe("one");
    expect(await sequenceOf(publisher)).toBe(10_000);
  });
});

test("a publisher who has lost all keys begins again, with a new file", async () => {
  await using publisher = await openAttacked();
  const { sandbox } = publisher;
  await publisher.publish("1.0.0", "one");
  await publisher.signed(["rotate", "--keep-old", "--no-passphrase"]);
  expect((await publisher.start()).said).toBe("one");
  expect(await sequenceOf(publisher)).toBe(1);

  await makeStranger(sandbox, "again");
  await sandbox.build({ trust: { keys: [await pem(sandbox, "again.pub")] } });
  await sandbox.publish("2.0.0", "echo two", undefined, ["--sign-key", "again.key"]);
  expect((await publisher.start()).said).toBe("two");
  expect(await sequenceOf(publisher)).toBe(0);
});

describe("a change of keys that stops halfway", () => {
  test("says what is published, where installer.json cannot be written", async () => {
    await using publisher = await openAttacked();
    const { sandbox } = publisher;
    // As long as a file's name may be: there is no room for a new one beside it.
    const config = `${"i".repeat(250)}.json`;
    await rename(join(sandbox.directory, "installer.json"), join(sandbox.directory, config));
    const rotate = ["rotate", "--key", "slipway.key", "--keep-old", "--no-passphrase", "--config", config];
    const run = await sandbox.slipway(rotate);
    expect(run.exitCode).toBe(73);
    expect(run.stderr).toContain('trust-1 is published, and holds. Put the same into "trust"');
    expect(run.stderr).toContain(JSON.stringify((await pem(sandbox, "slipway-1.pub")).trim()));
    expect(await publisher.registry.tags()).toEqual(["trust-1"]);
    // The publisher's commands know of it as launchers do.
    const again = await sandbox.slipway([
      "rotate",
      "--key",
      "slipway-1.key",
      "--keep-old",
      "--no-passphrase",
      "--config",
      config,
    ]);
    expect(again.stderr).toContain("trust-2 is published");
  });
});

describe("a change of keys is refused", () => {
  test.each<[what: string, args: string[], exitCode: number, why: string]>([
    ["without a word on the old ones", ["--key", "slipway.key"], 2, "--keep-old if"],
    ["with both words", ["--key", "slipway.key", "--keep-old", "--drop-old"], 2, "--drop-old if"],
    ["without a key", ["--keep-old"], 2, "slipway keygen"],
    ["by a key that nobody trusts", ["--keep-old", "--key", "stranger.key"], 65, "not signed by a key that is trusted"],
    [
      "that wants more keys than there are",
      ["--drop-old", "--key", "slipway.key", "--threshold", "3"],
      2,
      "3 keys have",
    ],
    ["by a number that is not free", ["--drop-old", "--key", "slipway.key", "--sequence", "7"], 2, "--sequence away"],
    ["for a key of no kind", ["--drop-old", "--key", "slipway.key", "--type", "rsa"], 2, "no key type"],
  ])("%s", async (_, args, exitCode, why) => {
    await using publisher = await openAttacked();
    const { sandbox } = publisher;
    await makeStranger(sandbox);
    const run = await sandbox.slipway(["rotate", "--no-passphrase", ...args]);
    expect(run).toMatchObject({ exitCode, stdout: "", stderr: expect.stringContaining(why) });
    expect(await publisher.registry.tags().catch(() => [])).toEqual([]);
  });
});
