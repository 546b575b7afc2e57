import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { addressOf } from "../support/company.ts";
import { expectSuccess } from "../support/sandbox.ts";
import { asked, programOf, verb, withTwo } from "../support/levers.ts";

describe("--launcher rollback", () => {
  test("goes back and stays there, until there is another version or somebody asks for updates", async () => {
    await using sandbox = await withTwo();
    const { exitCode, stdout } = await verb(sandbox, "rollback");
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1\.0\.0 is used again\./),
    });
    for (const _ of [1, 2]) expect(await sandbox.launch()).toMatchObject({ stdout: "one\n", stderr: "" });
    expect(await verb(sandbox, "rollback")).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining("--launcher pin VERSION"),
    });
    expect(await asked(sandbox, "update")).toMatchObject({ result: "activated", installed: "1.1.0" });
    await verb(sandbox, "rollback");
    await sandbox.publish("1.2.0", "echo three");
    expect(await sandbox.launch()).toMatchObject({ stdout: "three\n", stderr: "" });
  });

  test("leaves the version to those who pin it, and out where it cannot be had", async () => {
    await using sandbox = await withTwo();
    await verb(sandbox, "rollback");
    expect((await verb(sandbox, "rollback")).stderr).toMatch(/These are kept: .*1\.1\.0.*--launcher pin VERSION/);
    expect(await verb(sandbox, "pin", "1.1.0")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await sandbox.launch()).toMatchObject({ stdout: "two\n", stderr: "" });
    await verb(sandbox, "unpin");
    expect(await asked(sandbox, "status")).toMatchObject({ installed: "1.1.0", quarantine: [] });

    await verb(sandbox, "rollback");
    await rm(dirname(await programOf(sandbox, "1.1.0")), { recursive: true });
    await sandbox.stopRegistry();
    expect(await verb(sandbox, "pin", "1.1.0")).toMatchObject({ exitCode: 69 });
    const { quarantine } = await asked(sandbox, "status");
    expect(quarantine).toMatchObject([{ version: "1.1.0", reason: "you went back from it" }]);
  });

  test("leaves the version to those who pin the digest of all its platforms, and no other", async () => {
    await using sandbox = await withTwo();
    await verb(sandbox, "rollback");
    await sandbox.publish("1.2.0", "kill -SEGV $$");
    await sandbox.launch();
    const address = `http://${addressOf(sandbox)}/v2/example/app/manifests/1.1.0`;
    const digest = (await fetch(address)).headers.get("docker-content-digest") ?? "";
    expect(await asked(sandbox, "pin", digest)).toMatchObject({ installed: "1.1.0" });
    const { quarantine } = await asked(sandbox, "status");
    expect(quarantine).toMatchObject([{ version: "1.2.0", reason: "it crashed (SIGSEGV)" }]);
  });

  test("takes a pin that is none for what it is, and names its file", async () => {
    await using sandbox = await withTwo();
    await sandbox.override({ version: "newest" });
    const problem = `${join(sandbox.home, ".config", "com.example.app", "installer.json")}: version: not a version request: "newest"`;
    const explained = (await verb(sandbox, "explain")).stdout;
    expect(explained).toContain(`does not count: ${problem}\nThe newest version is wanted: so says installer.json.`);
    expect(await verb(sandbox, "rollback")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1\.0\.0 is used again\./),
      stderr: `${problem}\n`,
    });
  });

  test("says so when the version is pinned", async () => {
    await using sandbox = await withTwo();
    await verb(sandbox, "pin", "1.1.0");
    expect(await verb(sandbox, "rollback")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("the version is fixed to 1.1.0"),
    });
  });
});

describe("--launcher pin", () => {
  test("takes a version that is kept without any network, and unpin lets go of it", async () => {
    await using sandbox = await withTwo();
    await sandbox.override({ keepVersions: 5, somethingElse: true });
    sandbox.requests.length = 0;
    expect(await verb(sandbox, "pin", "1.0.0")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("1.0.0 is used from now on."),
    });
    expect((await sandbox.launch()).stdout).toBe("one\n");
    expect(sandbox.requests).toEqual([]);
    const own = join(sandbox.home, ".config", "com.example.app", "installer.json");
    expect(JSON.parse(await readFile(own, "utf8"))).toEqual({ keepVersions: 5, somethingElse: true, version: "1.0.0" });
    expect((await verb(sandbox, "unpin")).stdout).toContain("1.0.0 is no longer pinned.");
    expect(JSON.parse(await readFile(own, "utf8"))).toEqual({ keepVersions: 5, somethingElse: true });
    expect((await sandbox.launch()).stdout).toBe("two\n");
    expect((await verb(sandbox, "unpin")).stdout).toContain("No version was pinned here.");
  });

  test("fetches what is not there, also a range, and changes nothing where that cannot be had", async () => {
    await using sandbox = await withTwo();
    await sandbox.publish("2.0.0", "echo four");
    expect(await asked(sandbox, "pin", "^1.0")).toMatchObject({ pinned: "^1.0", installed: "1.1.0" });
    expect((await sandbox.launch()).stdout).toBe("two\n");
    for (const [wanted, exitCode, message] of [
      ["9.9.9", 66, "there is no version 9.9.9"],
      ["newest", 78, 'not a version request: "newest"'],
    ] as const)
      expect(await verb(sandbox, "pin", wanted)).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
    expect((await sandbox.launch()).stdout).toBe("two\n");
    await verb(sandbox, "pin", "2.0.0");
    expect(await sandbox.launch()).toMatchObject({ stdout: "four\n", stderr: "" });
  });

  test("does not write over a file that it cannot read", async () => {
    await using sandbox = await withTwo();
    await sandbox.override("{ version: 1 }");
    expect(await verb(sandbox, "pin", "1.0.0")).toMatchObject({
      exitCode: 78,
      stderr: expect.stringContaining("installer.json is not changed: it is not JSON"),
    });
  });

  test("says when the environment is stronger", async () => {
    await using sandbox = await withTwo();
    const run = await sandbox.launch(["--launcher", "pin", "1.0.0"], { env: { SLIPWAY_VERSION: "1.1.0" } });
    expect(run.stdout).toContain("But SLIPWAY_VERSION (1.1.0) says otherwise, and wins.");
  });
});

describe("--launcher channel", () => {
  test("is looked at by the next start, however good the last look is", async () => {
    await using sandbox = await withTwo({ update: { checkEvery: "24h" } });
    await sandbox.publish("2.0.0-beta.1", "echo beta");
    // What was published after the first look is not known of.
    expect(await sandbox.launch()).toMatchObject({ stdout: "one\n" });
    expect((await verb(sandbox, "channel", "beta")).stdout).toContain("; the next start looks there.");
    expect(await sandbox.launch()).toMatchObject({ stdout: "beta\n", stderr: "" });
  });

  test("promises no more than what the other settings leave of it", async () => {
    await using sandbox = await withTwo();
    const state = join(sandbox.data, "state.json");
    for (const [settings, env, sentence] of [
      [{}, {}, "; the next start looks there."],
      [{ update: { when: "manual" } }, {}, "; updates come when somebody asks for them: --launcher update."],
      [{}, { SLIPWAY_UPDATE: "off" }, ", but nobody looks there while updates are switched off"],
      [{ prereleases: true }, {}, ". It matters where the publisher has a list of versions for a channel, and nowhere"],
      [{ version: "1.1.0" }, {}, ", which changes nothing while the version is fixed"],
      [{}, { SLIPWAY_CHANNEL: "alpha" }, ".\nBut SLIPWAY_CHANNEL says alpha, and wins."],
    ] as const) {
      await sandbox.override(settings);
      const { stdout, stderr } = await sandbox.launch(["--launcher", "channel", "beta"], { env });
      expect({ stdout, stderr }).toEqual({
        stdout: expect.stringContaining(`The channel is beta from now on${sentence}`),
        stderr: "",
      });
    }
    // A look that cannot be forgotten, for the file is a newer launcher's, is as good as ever.
    await writeFile(state, JSON.stringify({ schema: 2, lastCheck: new Date().toISOString() }));
    await sandbox.override({ update: { checkEvery: "24h" } });
    expect(await verb(sandbox, "channel", "beta")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("; a later start looks there"),
    });
  });
});

test("--launcher channel has its list of versions followed, whatever pre-releases count", async () => {
  await using sandbox = await withTwo({ prereleases: true });
  await sandbox.publish("2.0.0-beta.1", "echo beta");
  expectSuccess(await sandbox.slipway(["promote", "1.1.0"]));
  expect(await sandbox.launch()).toMatchObject({ stdout: "two\n" });
  expectSuccess(await sandbox.slipway(["promote", "2.0.0-beta.1", "--channel", "beta"]));
  await verb(sandbox, "channel", "beta");
  expect(await sandbox.launch()).toMatchObject({ stdout: "beta\n", stderr: "" });
});

test("--launcher channel chooses whose pre-releases count", async () => {
  await using sandbox = await withTwo();
  await sandbox.publish("2.0.0-beta.1", "echo beta");
  expect(await sandbox.launch()).toMatchObject({ stdout: "two\n" });
  expect((await verb(sandbox, "channel")).stdout).toBe("The channel is stable.\n");
  expect((await verb(sandbox, "channel", "beta")).stdout).toContain("The channel is beta from now on");
  expect(await sandbox.launch()).toMatchObject({ stdout: "beta\n", stderr: "" });
  // Back again, nothing is taken away: what is installed stays until something newer comes.
  await verb(sandbox, "channel", "stable");
  expect(await sandbox.launch()).toMatchObject({ stdout: "beta\n", stderr: "" });
  await sandbox.publish("2.0.0", "echo final");
  expect(await sandbox.launch()).toMatchObject({ stdout: "final\n", stderr: "" });
  expect(await verb(sandbox, "channel", "2.0")).toMatchObject({ exitCode: 2 });
});
