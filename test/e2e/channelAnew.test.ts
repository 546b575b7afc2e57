import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeChannel } from "../../src/trust/channelDocument.ts";
import { signEnvelope } from "../../src/trust/dsse.ts";
import { type Attacked, openAttacked } from "../support/attacker.ts";

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
