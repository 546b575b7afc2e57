import { existsSync } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { converse } from "../support/converse.ts";
import { json, publishSigned, readInstaller, writeInstaller } from "../support/publisher.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const PASSPHRASE = "correct horse battery";
const withPassphrase = { env: { SLIPWAY_KEY_PASSPHRASE: PASSPHRASE } };
const read = async (sandbox: Sandbox, name: string) => await readFile(join(sandbox.directory, name), "utf8");
const keysIn = async (sandbox: Sandbox) =>
  (await readdir(sandbox.directory)).filter((name) => /\.(key|pub)$/.test(name)).sort();

describe("slipway keygen", () => {
  test("makes two pairs, the private halves for their owner alone and encrypted", async () => {
    await using sandbox = await openSandbox();
    await writeInstaller(sandbox);
    const done = await sandbox.slipway(["keygen"], withPassphrase);
    expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Sign with: slipway push VERSION") });
    expect(await keysIn(sandbox)).toEqual([
      "slipway-recovery.key",
      "slipway-recovery.pub",
      "slipway.key",
      "slipway.pub",
    ]);
    for (const name of ["slipway.key", "slipway-recovery.key"]) {
      expect((await stat(join(sandbox.directory, name))).mode & 0o777).toBe(0o600);
      expect(await read(sandbox, name)).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    }
    expect(`${done.stdout}${done.stderr}`).not.toContain(PASSPHRASE);
  });

  test("puts the public halves into installer.json, whose other content and order stay", async () => {
    await using sandbox = await openSandbox();
    const others = { $schema: "./schema.json", id: "com.example.app", version: "^1", name: "app", keepVersions: 3 };
    const path = join(sandbox.directory, "installer.json");
    await writeFile(path, JSON.stringify({ ...others, repository: sandbox.repository }), { mode: 0o644 });
    await json(sandbox.slipway(["keygen", "--no-passphrase", "--json"]));
    const { trust, ...rest } = await readInstaller(sandbox);
    expect(Object.entries(rest)).toEqual(Object.entries({ ...others, repository: sandbox.repository }));
    expect(trust).toEqual({
      keys: [(await read(sandbox, "slipway.pub")).trim()],
      threshold: 1,
      recovery: [(await read(sandbox, "slipway-recovery.pub")).trim()],
    });
    expect((await stat(path)).mode & 0o777).toBe(0o644);
  });

  test("writes over nothing, and takes no keys from installer.json", async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "slipway-recovery.pub"), "mine");
    expect(await sandbox.slipway(["keygen", "--no-passphrase"])).toMatchObject({
      exitCode: 73,
      stderr: expect.stringContaining("slipway-recovery.pub exists, and is not written over"),
    });
    expect(await keysIn(sandbox)).toEqual(["slipway-recovery.pub"]);
    await writeInstaller(sandbox);
    expectSuccess(await sandbox.slipway(["keygen", "--no-passphrase", "--out", "keys/mine"]));
    const before = await read(sandbox, "installer.json");
    const again = await sandbox.slipway(["keygen", "--no-passphrase", "--out", "others"]);
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("installer.json has keys already") });
    expect(again.stderr).toContain("slipway rotate");
    expect(await read(sandbox, "installer.json")).toBe(before);
    expect(existsSync(join(sandbox.directory, "others.key"))).toBe(false);
  });

  test.each([
    ["is too short", { SLIPWAY_KEY_PASSPHRASE: "hunter2" }, "the passphrase is shorter than 8 characters"],
    ["is empty", { SLIPWAY_KEY_PASSPHRASE: "" }, "the passphrase is shorter than 8 characters"],
    ["nobody can be asked for", {}, "there is no terminal to ask for a passphrase at"],
  ])("makes nothing when the passphrase %s", async (_, env, message) => {
    await using sandbox = await openSandbox();
    await writeInstaller(sandbox);
    const done = await sandbox.slipway(["keygen"], { env });
    expect(done).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
    expect(done.stderr).not.toContain("hunter2");
    expect(await keysIn(sandbox)).toEqual([]);
    expect(await readInstaller(sandbox)).not.toHaveProperty("trust");
  });

  test("makes the keys alone where there is no installer.json, of the kind that is asked for", async () => {
    await using sandbox = await openSandbox();
    const options = ["--no-passphrase", "--no-recovery", "--type", "ecdsa-p256", "--out", "other"];
    const done = await sandbox.slipway(["keygen", ...options]);
    expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("There is no installer.json here") });
    expect(await keysIn(sandbox)).toEqual(["other.key", "other.pub"]);
    expect(await read(sandbox, "other.key")).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(await sandbox.slipway(["keygen", "--type", "rsa"])).toMatchObject({ exitCode: 2 });
    expect(await sandbox.slipway(["keygen", "--config", "missing.json"])).toMatchObject({ exitCode: 66 });
  });
});

describe("at a terminal", () => {
  async function talk(sandbox: Sandbox, args: readonly string[], answers: readonly (readonly [string, string])[]) {
    const env = { PATH: process.env["PATH"], HOME: sandbox.home };
    const words = ["sh", "-c", 'cd "$0" && exec "$@"', sandbox.directory, process.execPath, inject("cli"), ...args];
    return await converse(words, answers, env);
  }

  test("the passphrase is asked for twice, and is not shown", async () => {
    await using sandbox = await openSandbox();
    await writeInstaller(sandbox);
    const made = await talk(
      sandbox,
      ["keygen"],
      [
        ["Passphrase for the new keys: ", `${PASSPHRASE}\r`],
        ["The same again: ", `${PASSPHRASE}\r`],
      ],
    );
    expect(made.exitCode).toBe(0);
    expect(made.screen).not.toContain(PASSPHRASE);
    await publishSignedWith(sandbox);
  });

  test("two passphrases that differ make nothing", async () => {
    await using sandbox = await openSandbox();
    const made = await talk(
      sandbox,
      ["keygen"],
      [
        ["Passphrase for the new keys: ", `${PASSPHRASE}\r`],
        ["The same again: ", "another one\r"],
      ],
    );
    expect(made).toMatchObject({ exitCode: 2, screen: expect.stringContaining("that was not the same twice") });
    expect(await keysIn(sandbox)).toEqual([]);
  });

  test("a key's passphrase is asked for when it is needed", async () => {
    await using sandbox = await openSandbox();
    await writeInstaller(sandbox);
    expectSuccess(await sandbox.slipway(["keygen"], withPassphrase));
    await sandbox.publish("1.0.0", "echo one");
    const sign = ["sign", "1.0.0", "--key", "slipway.key"];
    const wrong = await talk(sandbox, sign, [["Passphrase of slipway.key: ", "hunter2 hunter2\r"]]);
    expect(wrong).toMatchObject({ exitCode: 77, screen: expect.stringContaining("does not open slipway.key") });
    const right = await talk(sandbox, sign, [["Passphrase of slipway.key: ", `${PASSPHRASE}\r`]]);
    expect(right).toMatchObject({ exitCode: 0, screen: expect.stringContaining("signed 127.0.0.1") });
    expect(right.screen).not.toContain(PASSPHRASE);
  });

  /** What was typed opens the key that was made. */
  async function publishSignedWith(sandbox: Sandbox): Promise<void> {
    await expect(publishSigned(sandbox, "1.0.0", "echo one")).rejects.toThrow("no terminal to ask for its passphrase");
    await sandbox.publish("1.0.0", "echo one");
    expectSuccess(await sandbox.slipway(["sign", "1.0.0", "--key", "slipway.key"], withPassphrase));
  }
});
