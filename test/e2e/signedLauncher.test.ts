import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { placed } from "../support/linuxPlaces.ts";
import {
  buildSigned,
  digestOf,
  makeStranger,
  openPublisher,
  publishSigned,
  putIndex,
  writeInstaller,
} from "../support/publisher.ts";
import { startTestRegistry } from "../support/registry.ts";
import { expectSuccess, type Sandbox } from "../support/sandbox.ts";

const log = async ({ data }: Sandbox): Promise<string> => await readFile(join(data, "log", "launcher.jsonl"), "utf8");

describe("a launcher that trusts a key", () => {
  test("installs and updates to what it has signed, and passes over what nobody has", async () => {
    await using sandbox = await openPublisher();
    await publishSigned(sandbox, "1.0.0", "echo one");
    await buildSigned(sandbox);
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
    await sandbox.publish("1.1.0", "echo unsigned");
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n", stderr: "" });
    expect(await log(sandbox)).toContain("the release is not signed");
    const update = await sandbox.launch(["--launcher", "update"]);
    expect(update.stdout).toMatch(/^1\.0\.0 stays\.\n1\.1\.0 is newer, and not taken: the release is not signed, /);
    expect(update.stdout).toContain("Tell the publisher.");
    await publishSigned(sandbox, "1.2.0", "echo two");
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "two\n" });
  });

  test("installs nothing that a stranger has signed, and says so in a sentence", async () => {
    await using sandbox = await openPublisher();
    await makeStranger(sandbox);
    await sandbox.publish("1.0.0", "echo evil");
    const reference = `${sandbox.repository}:1.0.0`;
    const elsewhere = { cwd: sandbox.home };
    const sign = ["sign", reference, "--key", join(sandbox.directory, "stranger.key"), "--id", "com.example.app"];
    expectSuccess(await sandbox.slipway(sign, elsewhere));
    await buildSigned(sandbox);
    const started = await sandbox.launch();
    expect(started).toMatchObject({ exitCode: 65, stdout: "" });
    expect(started.stderr).toContain("the release is not signed by a key that is trusted");
    expect(started.stderr).toContain("Tell the publisher.");
    expect(started.stderr).not.toContain("slipway sign");
  });

  test("takes what was copied to another registry, signature and all", async () => {
    await using sandbox = await openPublisher();
    await using other = await startTestRegistry();
    await publishSigned(sandbox, "1.0.0", "echo one");
    const mirror = `${other.server.address}/mirror/app`;
    expectSuccess(await sandbox.slipway(["copy", `${sandbox.repository}:1.0.0`, `${mirror}:1.0.0`]));
    expect(await digestOf(sandbox, `${mirror}:1.0.0`)).toBe(await digestOf(sandbox, `${sandbox.repository}:1.0.0`));
    expectSuccess(await sandbox.slipway(["verify", `${mirror}:1.0.0`, "--key", "slipway.pub"]));
    await buildSigned(sandbox, { mirrors: [mirror] });
    await sandbox.stopRegistry();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
  });

  test("needs as many keys as were asked for", async () => {
    await using sandbox = await openPublisher();
    await makeStranger(sandbox, "second", "ecdsa-p256");
    const read = async (name: string) => await readFile(join(sandbox.directory, name), "utf8");
    const trust = { keys: [await read("slipway.pub"), await read("second.pub")], threshold: 2 };
    await writeInstaller(sandbox, { trust });
    await publishSigned(sandbox, "1.0.0", "echo one", ["slipway.key", "second.key"]);
    await publishSigned(sandbox, "1.1.0", "echo two");
    await sandbox.build({ trust });
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
    expect(await log(sandbox)).toContain("is not signed by 2 keys that are trusted (only by 1)");
    expectSuccess(await sandbox.slipway(["sign", "1.1.0", "--key", "second.key"]));
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "two\n" });
  });
});

describe("a launcher that carries a release", () => {
  test("is not built with one that its keys have not signed", async () => {
    await using sandbox = await openPublisher();
    await sandbox.publish("1.0.0", "echo one");
    const build = async () => await sandbox.slipway(["build", "--platform", "host", "--bundle"]);
    expect(await build()).toMatchObject({ exitCode: 65, stderr: expect.stringContaining("the release is not signed") });
    expectSuccess(await sandbox.slipway(["sign", "1.0.0", "--key", "slipway.key"]));
    expectSuccess(await build());
    await sandbox.stopRegistry();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
  });
});

describe("a launcher that carries a release of a channel", () => {
  test("has what everybody is offered, and neither what few get nor what was taken back", async () => {
    await using sandbox = await openPublisher();
    for (const version of ["1.0.0", "1.1.0", "1.2.0", "1.3.0"])
      await publishSigned(sandbox, version, `echo ${version}`);
    const key = ["--key", "slipway.key"];
    expectSuccess(await sandbox.slipway(["promote", "1.1.0", ...key]));
    expectSuccess(await sandbox.slipway(["promote", "1.2.0", "--rollout", "5%", ...key]));
    expectSuccess(await sandbox.slipway(["yank", "1.1.0", "--reason", "bad", ...key]));
    expectSuccess(await sandbox.slipway(["build", "--platform", "host", "--bundle"]));
    await sandbox.stopRegistry();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
  });
});

describe("a launcher's own update", () => {
  const versionOf = async (sandbox: Sandbox) =>
    (await sandbox.launch(["--launcher", "version"], { launcher: placed(sandbox) })).stdout.trim();
  const settings = (launcherVersion: string) => ({ interface: "window", launcherVersion });
  const update = async (sandbox: Sandbox) =>
    (await sandbox.launch(["--launcher", "update"], { launcher: placed(sandbox) })).stdout;

  test("has to be signed as a launcher", async () => {
    await using sandbox = await openPublisher();
    await publishSigned(sandbox, "1.0.0", "echo one");
    await buildSigned(sandbox, settings("1.0.0"));
    await sandbox.open();
    await buildSigned(sandbox, settings("1.1.0"));
    expectSuccess(await sandbox.slipway(["push", "--launcher", "--codings", "none"]));
    expect(await update(sandbox)).toContain("The launcher stays as it is: the release is not signed");
    expect(await versionOf(sandbox)).toBe("1.0.0");
    expectSuccess(await sandbox.slipway(["sign", "launcher-1.1.0", "--key", "slipway.key"]));
    expect(await update(sandbox)).toContain("The launcher is 1.1.0");
    expect(await versionOf(sandbox)).toBe("1.1.0");
    await buildSigned(sandbox, settings("1.2.0"));
    expectSuccess(await sandbox.slipway(["push", "--launcher", "--codings", "none", "--sign-key", "slipway.key"]));
    expect(await update(sandbox)).toContain("The launcher is 1.2.0");
  });

  test("comes from before one that nobody has signed", async () => {
    await using sandbox = await openPublisher();
    await publishSigned(sandbox, "1.0.0", "echo one");
    await buildSigned(sandbox, settings("1.0.0"));
    await sandbox.open();
    await buildSigned(sandbox, settings("1.1.0"));
    expectSuccess(await sandbox.slipway(["push", "--launcher", "--codings", "none", "--sign-key", "slipway.key"]));
    await sandbox.publish("9.9.9", "echo evil");
    await putIndex(sandbox.repository, { from: "9.9.9", to: "launcher-9.9.9" });
    expect(await update(sandbox)).toContain("The launcher is 1.1.0");
    expect(await versionOf(sandbox)).toBe("1.1.0");
    expect(await log(sandbox)).toMatch(/"left-out","version":"launcher-9\.9\.9"/);
  });

  test("is no program that was signed, under a launcher's tag", async () => {
    await using sandbox = await openPublisher();
    await publishSigned(sandbox, "1.0.0", "echo one");
    await buildSigned(sandbox, settings("0.9.0"));
    await sandbox.open();
    await putIndex(sandbox.repository, { from: "1.0.0", to: "launcher-1.0.0" });
    expect(await update(sandbox)).toContain("it is the program, not the launcher");
    expect(await versionOf(sandbox)).toBe("0.9.0");
  });
});
