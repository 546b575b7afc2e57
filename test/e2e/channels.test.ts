import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Attacked, openAttacked } from "../support/attacker.ts";
import { becomeComputer } from "../support/computers.ts";
import { expectSuccess, openSandbox } from "../support/sandbox.ts";

let publisher: Attacked;

beforeAll(async () => {
  publisher = await openAttacked();
  await publisher.publish("1.0.0", "one");
});

afterAll(async () => {
  await publisher[Symbol.asyncDispose]();
});

describe("a release in a channel", () => {
  test("is offered to some first, each for good, and the first document offers what the tags did", async () => {
    await publisher.publish("1.1.0", "two");
    await publisher.signed(["promote", "1.1.0", "--channel", "stable", "--rollout", "10%", "--expires", "30d"]);

    const version = "1.1.0";
    becomeComputer(publisher.sandbox, [
      { version, percent: 10, isIn: false },
      { version, percent: 50, isIn: true },
    ]);
    expect((await publisher.start()).said).toBe("one");
    expect((await publisher.sandbox.launch(["--launcher", "explain"])).stdout).toContain(
      "1.1.0 is not taken: it is offered to 10 % of all computers so far, and not to this one.",
    );

    await publisher.signed(["rollout", "stable", "50%"]);
    expect((await publisher.start()).said).toBe("two");
    // Whoever has it keeps it, whichever computer this turns out to be.
    becomeComputer(publisher.sandbox, [{ version, percent: 50, isIn: false }]);
    expect((await publisher.start()).said).toBe("two");
  });

  test("cannot be taken from some of those who have it", async () => {
    const { sandbox } = publisher;
    const less = await sandbox.slipway(["rollout", "stable", "20%", "--key", "slipway.key"]);
    expect(less).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("slipway yank 1.1.0") });
  });

  test("that nobody promoted is offered to nobody", async () => {
    await publisher.publish("1.2.0", "three");
    expect((await publisher.start()).said).toBe("two");
    expect((await publisher.sandbox.launch(["--launcher", "explain"])).stdout).toContain(
      "1.2.0 is not taken: the channel stable does not offer it.",
    );
  });

  test("that is taken back is left at the next start, with a sentence", async () => {
    await publisher.signed(["yank", "1.1.0", "--reason", "it loses unsaved work"]);
    const start = await publisher.start();
    expect(start.said).toBe("one");
    expect(start.told).toContain("app 1.1.0 was withdrawn by its publisher, so 1.0.0 is used. (it loses unsaved work");
    expect(await publisher.start()).toMatchObject({ said: "one", told: "" });

    const again = await publisher.sandbox.slipway(["promote", "1.1.0", "--key", "slipway.key"]);
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--undo") });
  });

  test("stays with whoever has pinned it", async () => {
    await publisher.sandbox.override({ version: "1.1.0" });
    expect((await publisher.start()).said).toBe("two");
    expect((await publisher.sandbox.launch(["--launcher", "status"])).stdout).toContain(
      "withdrawn   1.1.0: it loses unsaved work",
    );
    await publisher.sandbox.override(undefined);
    expect((await publisher.start()).said).toBe("one");
  });

  test("may be a pre-release, for those who follow the channel", async () => {
    await publisher.publish("2.0.0-beta.1", "beta");
    await publisher.signed(["promote", "2.0.0-beta.1", "--channel", "beta"]);
    expect((await publisher.start()).said).toBe("one");
    await publisher.sandbox.override({ channel: "beta" });
    expect((await publisher.start()).said).toBe("beta");
    await publisher.sandbox.override(undefined);
    expect((await publisher.start()).said).toBe("beta");
  });
});

test("the documents are shown, for people and programs, and renewed", async () => {
  const { sandbox } = publisher;
  await publisher.signed(["channel", "renew", "stable", "--expires", "60d"]);
  const shown = await sandbox.slipway(["channel", "show"]);
  expect(shown.stdout).toMatch(/stable: number 4 of .*, good until /);
  expect(shown.stdout).toContain("yanked: it loses unsaved work");
  expect(shown.stdout).toContain("signed by ");
  const json = JSON.parse((await sandbox.slipway(["channel", "show", "beta", "--json"])).stdout) as unknown;
  expect(json).toMatchObject([
    { document: { channel: "beta", sequence: 1, releases: [{ version: "2.0.0-beta.1", rollout: 100 }, {}, {}, {}] } },
  ]);
});

test("a check costs one request more where there is a document, and none where there is not", async () => {
  await using fresh = await openAttacked();
  const { sandbox } = fresh;
  await fresh.publish("1.0.0", "one");
  await fresh.start();
  const count = async (): Promise<number> => {
    sandbox.requests.length = 0;
    await fresh.start();
    return sandbox.requests.length;
  };
  expect(await count()).toBe(1);
  await fresh.signed(["promote", "1.0.0", "--expires", "30d"]);
  await fresh.start();
  const written = statSync(join(sandbox.data, "trust.json")).mtimeMs;
  expect(await count()).toBe(2);
  // Nor does it write down again what it has seen before.
  expect(statSync(join(sandbox.data, "trust.json")).mtimeMs).toBe(written);
});

describe("a publisher is told", () => {
  test.each<[args: string[], exitCode: number, what: string]>([
    [["promote", "7.0.0", "--key", "slipway.key"], 66, "7.0.0"],
    [["promote", "1.0.0"], 2, "no key to sign with"],
    [["promote", "1.0.0", "--key", "slipway-recovery.key"], 2, "is a recovery key"],
    [["promote", "1.0.0", "--rollout", "lots", "--key", "slipway.key"], 2, "not a percentage"],
    [["promote", "1.0.0", "--expires", "soon", "--key", "slipway.key"], 2, "For example: 30d"],
    [["promote", "1.0.0", "--expires", "999999999d", "--key", "slipway.key"], 2, "For example: 30d"],
    [["yank", "1.0.0", "--reason", "x".repeat(501), "--key", "slipway.key"], 2, "500 are read"],
    [["promote", "newest", "--key", "slipway.key"], 2, "is not a version"],
    [["rollout", "nightly", "50%", "--key", "slipway.key"], 66, "slipway promote VERSION --channel nightly"],
    [["rollout", "stable"], 2, "the percentage is missing"],
    [["yank", "1.0.0", "--key", "slipway.key"], 2, "--reason"],
    [["yank", "1.2.0", "--undo", "--key", "slipway.key"], 2, "is not yanked"],
    [["channel", "delete"], 2, "slipway channel show"],
    [["channel", "show", "nightly"], 66, "has no document yet"],
  ])("what is wrong with %j", async (args, exitCode, what) => {
    const run = await publisher.sandbox.slipway(args);
    expect(run).toMatchObject({ exitCode, stdout: "", stderr: expect.stringContaining(what) });
  });

  test("that an unsigned release cannot be offered where launchers want signatures", async () => {
    await publisher.sandbox.publish("3.0.0", "echo unsigned");
    const run = await publisher.sandbox.slipway(["promote", "3.0.0", "--key", "slipway.key"]);
    expect(run).toMatchObject({ exitCode: 65, stderr: expect.stringContaining("slipway sign") });
  });
});

test("without keys a document need not be signed, and works all the same", async () => {
  await using sandbox = await openSandbox();
  await sandbox.build();
  await sandbox.publish("1.0.0", "echo one");
  await sandbox.publish("1.1.0", "echo two");
  expectSuccess(await sandbox.slipway(["promote", "1.0.0"]));
  expect((await sandbox.launch()).stdout).toBe("one\n");
  expectSuccess(await sandbox.slipway(["promote", "1.1.0"]));
  expect((await sandbox.launch()).stdout).toBe("two\n");
  expectSuccess(await sandbox.slipway(["yank", "1.1.0", "--reason", "bad"]));
  expect((await sandbox.launch()).stdout).toBe("one\n");
  const status = await sandbox.launch(["--launcher", "status"]);
  expect(status.stdout.match(/nobody has to sign/g)).toHaveLength(1);
});
