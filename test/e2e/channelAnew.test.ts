import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeChannel } from "../../src/trust/channelDocument.ts";
import { signEnvelope } from "../../src/trust/dsse.ts";
import { type Attacked, openAttacked } from "../support/attacker.ts";
import { becomeComputer } from "../support/computers.ts";
import { expectSuccess } from "../support/sandbox.ts";

let publisher: Attacked;

beforeAll(async () => {
  publisher = await openAttacked();
  await publisher.publish("1.0.0", "one");
});

afterAll(async () => {
  await publisher[Symbol.asyncDispose]();
});

const ID = "com.example.app";

async function shown(): Promise<unknown> {
  const { stdout } = await publisher.sandbox.slipway(["channel", "show", "--json"]);
  return JSON.parse(stdout);
}

describe("where nobody can read the document of a channel", () => {
  test("the number of a new one is not guessed, because launchers would refuse what is below theirs", async () => {
    const { sandbox, registry } = publisher;
    for (let number = 1; number <= 3; number += 1) await publisher.signed(["promote", "1.0.0"]);
    await publisher.startSaying("one");
    await publisher.publish("1.1.0", "two");
    await registry.tag(await registry.resolve("1.0.0"), "channel-stable");

    const anew = ["promote", "1.1.0", "--anew", "--key", "slipway.key"];
    const guessed = await sandbox.slipway(anew);
    expect(guessed).toMatchObject({ exitCode: 65, stderr: expect.stringContaining("--sequence NUMBER") });
    expect((await sandbox.launch(["--launcher", "status"])).stdout).toContain("number 3 of");

    await publisher.signed([...anew.slice(0, 3), "--sequence", "4"]);
    expect(await publisher.start()).toMatchObject({ said: "two", told: "" });
  });

  test("the number goes on where it is a format of later", async () => {
    const signer = await publisher.steal("slipway.key");
    const payload = Buffer.from(JSON.stringify({ id: ID, channel: "stable", sequence: 11, offers: {} }));
    await publisher.putDocument(
      "channel-stable",
      signEnvelope({ payloadType: "application/vnd.slipway.channel.v9+json", payload, signatures: [] }, signer),
    );
    const low = await publisher.sandbox.slipway([
      "promote",
      "1.1.0",
      "--anew",
      "--sequence",
      "11",
      "--key",
      "slipway.key",
    ]);
    expect(low).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("have seen number 11") });
    await publisher.signed(["promote", "1.1.0", "--anew"]);
    expect(await shown()).toMatchObject([{ document: { sequence: 12 } }]);
  });

  test("a number that nobody comes to honestly is not gone on from as long as its key holds", async () => {
    const signer = await publisher.steal("slipway.key");
    const document = { id: ID, channel: "stable", sequence: 9_007_199_254_740_991, issued: new Date().toISOString() };
    const envelope = composeChannel({ ...document, releases: [], yanked: [] });
    const before = await publisher.snapshot();
    await publisher.putDocument("channel-stable", signEnvelope(envelope, signer));
    const run = await publisher.sandbox.slipway(["promote", "1.1.0", "--anew", "--key", "slipway.key"]);
    expect(run).toMatchObject({ exitCode: 65, stderr: expect.stringContaining("slipway rotate --drop-old") });
    await publisher.restore(before);
  });

  test.each([
    [["--sequence", "4"], "--sequence goes with --anew"],
    [["--anew", "--sequence", "0"], "not a document's number"],
    [["--anew", "--sequence", "9007199254740992"], "not a document's number"],
    [["--anew", "--sequence", "many"], "not a document's number"],
  ])("the number is given as %j", async (args, what) => {
    const run = await publisher.sandbox.slipway(["promote", "1.1.0", ...args, "--key", "slipway.key"]);
    expect(run).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringContaining(what) });
  });
});

describe("where the document is signed by keys that do not hold any more", () => {
  let changed: Attacked;
  const run = async (args: readonly string[]) => {
    const done = await changed.sandbox.slipway([...args, "--key", "fresh.key"]);
    expectSuccess(done);
    return done;
  };

  beforeAll(async () => {
    changed = await openAttacked();
    for (const version of ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]) await changed.publish(version, version);
    await changed.signed(["promote", "1.1.0", "--expires", "30d"]);
    await changed.signed(["yank", "1.1.0", "--reason", "it loses unsaved work"]);
    await changed.signed(["promote", "1.3.0", "--rollout", "10%"]);
    await changed.publish("1.4.0", "1.4.0");
    const rotate = ["rotate", "--key", "slipway-recovery.key", "--drop-old", "--no-passphrase", "--out", "fresh"];
    expectSuccess(await changed.sandbox.slipway(rotate));
    for (const version of ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"]) await run(["sign", version]);
    becomeComputer(changed.sandbox, [
      { version: "1.3.0", percent: 10, isIn: false },
      { version: "1.4.0", percent: 5, isIn: false },
    ]);
  });

  afterAll(async () => {
    await changed[Symbol.asyncDispose]();
  });

  test("a new one withholds what that one did, and says so", async () => {
    const { stdout, stderr } = await run(["promote", "1.4.0", "--rollout", "5%", "--anew"]);
    expect(stdout).toMatch(/^stable: number 4 of .*, good until /);
    expect(stdout).toMatch(
      /1\.4\.0 {2}5 %.*\n {2}1\.3\.0 {2}10 %.*\n {2}1\.1\.0 {2}yanked: it loses unsaved work.*\n {2}1\.0\.0 {2}100 %/,
    );
    expect(stdout).not.toContain("1.2.0");
    expect(stderr).toContain("still yanked: 1.1.0 (it loses unsaved work). If not: slipway yank 1.1.0 --undo");
    expect(stderr).toContain("still for 10 %: 1.3.0. For more: slipway rollout stable 100% 1.3.0");
    expect(stderr).toContain("not offered before, so not now: 1.2.0.");
    expect((await changed.start()).said).toBe("1.0.0");
  });

  test("a version that is named is offered, whatever the old one says of it", async () => {
    const { stdout, stderr } = await run(["promote", "1.1.0", "--anew", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ releases: [{ version: "1.1.0", rollout: 100 }, {}], yanked: [] });
    expect(stderr).toContain("no longer yanked, because it was promoted: 1.1.0 (it loses unsaved work)");
    expect((await changed.start()).said).toBe("1.1.0");
  });
});
