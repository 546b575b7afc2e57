import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { digestOf, json, makeStranger, openPublisher, publishSigned, writeInstaller } from "../support/publisher.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const read = async (sandbox: Sandbox, name: string) => await readFile(join(sandbox.directory, name), "utf8");
const verify = async (sandbox: Sandbox, ...args: string[]) =>
  await sandbox.slipway(["verify", `${sandbox.repository}:1.0.0`, ...args]);

/** Two keys, of which both have to sign. */
async function openPair(): Promise<Sandbox> {
  const sandbox = await openPublisher();
  await makeStranger(sandbox, "second", "ecdsa-p256");
  const keys = [await read(sandbox, "slipway.pub"), await read(sandbox, "second.pub")];
  await writeInstaller(sandbox, { trust: { keys, threshold: 2 } });
  return sandbox;
}

describe("slipway push --sign-key", () => {
  test("publishes what is signed, and changes nothing when it is done again", async () => {
    await using sandbox = await openPublisher();
    await publishSigned(sandbox, "1.0.0", "echo one");
    const digest = await digestOf(sandbox, `${sandbox.repository}:1.0.0`);
    await publishSigned(sandbox, "1.0.0", "echo one");
    expect(await digestOf(sandbox, `${sandbox.repository}:1.0.0`)).toBe(digest);
    expect(await verify(sandbox)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/\nsigned by [0-9a-f]{12} as com\.example\.app 1\.0\.0\n$/),
    });
  });

  test("adds its signature to what was published without one, and replaces nothing else", async () => {
    await using sandbox = await openPublisher();
    await sandbox.publish("1.0.0", "echo one");
    const digest = await digestOf(sandbox, `${sandbox.repository}:1.0.0`);
    await publishSigned(sandbox, "1.0.0", "echo one");
    expect(await digestOf(sandbox, `${sandbox.repository}:1.0.0`)).not.toBe(digest);
    expectSuccess(await verify(sandbox));
    await expect(publishSigned(sandbox, "1.0.0", "echo two")).rejects.toThrow("other content");
    await expect(sandbox.publish("1.0.0", "echo two")).rejects.toThrow("other content");
    expectSuccess(await verify(sandbox));
  });

  test("with a key that no launcher would believe publishes nothing", async () => {
    await using sandbox = await openPublisher();
    await makeStranger(sandbox);
    await expect(publishSigned(sandbox, "1.0.0", "echo one", ["stranger.key"])).rejects.toThrow(
      "installer.json does not trust the key",
    );
    await expect(publishSigned(sandbox, "1.0.0", "echo one", ["slipway-recovery.key"])).rejects.toThrow(
      "is a recovery key: it signs only a statement about keys",
    );
    await expect(publishSigned(sandbox, "1.0.0", "echo one", ["slipway.pub"])).rejects.toThrow("is a public key");
    expect(await sandbox.slipway(["tags", sandbox.repository])).not.toMatchObject({
      stdout: expect.stringContaining("1.0.0"),
    });
  });

  test("needs an installer.json that says whose release it is, and sign can be told", async () => {
    await using sandbox = await openSandbox();
    await makeStranger(sandbox);
    await expect(publishSigned(sandbox, "1.0.0", "echo one", ["stranger.key"])).rejects.toThrow("whose release is it?");
    await sandbox.publish("1.0.0", "echo one");
    const sign = ["sign", `${sandbox.repository}:1.0.0`, "--key", "stranger.key"];
    expect(await sandbox.slipway(sign)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("whose release is it?"),
    });
    expectSuccess(await sandbox.slipway([...sign, "--id", "com.example.app"]));
    expectSuccess(await verify(sandbox, "--key", "stranger.pub", "--id", "com.example.app"));
    const other = await verify(sandbox, "--key", "stranger.pub", "--id", "com.example.other");
    expect(other).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining("a release of com.example.app, not of"),
    });
  });

  test("without it a publisher with keys is warned", async () => {
    await using sandbox = await openPublisher();
    await writeFile(join(sandbox.directory, "app"), "#!/bin/sh\n", { mode: 0o755 });
    expect(await sandbox.slipway(["push", "1.0.0", "linux/amd64=app"])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining("will not take it: the release is not signed"),
    });
  });

  test("without it leaves what is signed as it is, and says that it is there", async () => {
    await using sandbox = await openPublisher();
    await publishSigned(sandbox, "1.0.0", "echo one");
    const digest = await digestOf(sandbox, `${sandbox.repository}:1.0.0`);
    const again = await sandbox.slipway([
      "push",
      "1.0.0",
      `linux/${process.arch === "arm64" ? "arm64" : "amd64"}=programs/1.0.0/app`,
      "--compression",
      "gzip",
    ]);
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("is there already, unchanged") });
    expect(again.stderr).not.toContain("not signed");
    expect(await digestOf(sandbox, `${sandbox.repository}:1.0.0`)).toBe(digest);
  });

  test("with fewer keys than have to sign says what is missing, and so does sign", async () => {
    await using sandbox = await openPublisher();
    for (const name of ["second", "third"]) await makeStranger(sandbox, name);
    const keys = await Promise.all(
      ["slipway", "second", "third"].map(async (name) => await read(sandbox, `${name}.pub`)),
    );
    await writeInstaller(sandbox, { trust: { keys, threshold: 3 } });
    await writeFile(join(sandbox.directory, "app"), "#!/bin/sh\n", { mode: 0o755 });
    const missing = (count: number): unknown =>
      expect.stringMatching(new RegExp(`3 keys that are trusted \\(only by ${count}\\)\\. Sign it: slipway sign`));
    const push = [
      "push",
      "1.0.0",
      `linux/${process.arch === "arm64" ? "arm64" : "amd64"}=app`,
      "--sign-key",
      "slipway.key",
    ];
    expect(await sandbox.slipway(push)).toMatchObject({ exitCode: 0, stderr: missing(1) });
    const sign = ["sign", "1.0.0", "--key"];
    expect(await sandbox.slipway([...sign, "second.key"])).toMatchObject({ exitCode: 0, stderr: missing(2) });
    expect(await sandbox.slipway([...sign, "third.key"])).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("takes a key from the environment, and says which variable is missing", async () => {
    await using sandbox = await openPublisher();
    await sandbox.publish("1.0.0", "echo one");
    const args = ["sign", "1.0.0", "--key", "env://SIGNING_KEY"];
    const key = await read(sandbox, "slipway.key");
    expect(await sandbox.slipway(args)).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining("there is no environment variable SIGNING_KEY"),
    });
    const damaged = await sandbox.slipway(args, {
      env: { SIGNING_KEY: key.replace("PRIVATE KEY-----\n", "PRIVATE KEY-----\nAAAA") },
    });
    expect(damaged).toMatchObject({
      exitCode: 78,
      stderr: expect.stringContaining("env://SIGNING_KEY is no private key"),
    });
    expect(damaged.stderr).not.toContain(key.split("\n")[1]);
    expectSuccess(await sandbox.slipway(args, { env: { SIGNING_KEY: key } }));
    const env = { PUBLIC: await read(sandbox, "slipway.pub") };
    const reference = `${sandbox.repository}:1.0.0`;
    expectSuccess(await sandbox.slipway(["verify", reference, "--key", "env://PUBLIC"], { env }));
  });
});

describe("slipway sign", () => {
  test("signs what is published, once", async () => {
    await using sandbox = await openPublisher();
    await sandbox.publish("1.0.0", "echo one");
    const sign = async () => await json(sandbox.slipway(["sign", "1.0.0", "--key", "slipway.key", "--json"]));
    const first = await sign();
    expect(first).toMatchObject({ changed: true, id: "com.example.app", version: "1.0.0" });
    expect(await sign()).toEqual({ ...first, changed: false });
  });

  test.each([
    ["what is no version", "latest", 2, "is not a version"],
    ["what is not there", "3.0.0", 66, "3.0.0"],
  ])("refuses %s", async (_, version, exitCode, message) => {
    await using sandbox = await openPublisher();
    await sandbox.publish("1.0.0", "echo one");
    const done = await sandbox.slipway(["sign", version, "--key", "slipway.key"]);
    expect(done).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
  });

  test("needs a key", async () => {
    await using sandbox = await openPublisher();
    expect(await sandbox.slipway(["sign", "1.0.0"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("no key to sign with"),
    });
  });

  test("one key after the other, until as many have signed as have to", async () => {
    await using sandbox = await openPair();
    await publishSigned(sandbox, "1.0.0", "echo one");
    const half = await verify(sandbox);
    expect(half).toMatchObject({ exitCode: 65, stdout: expect.stringContaining("NOT SIGNED: ") });
    expect(half.stderr).toContain("is not signed by 2 keys that are trusted (only by 1)");
    expectSuccess(await sandbox.slipway(["sign", "1.0.0", "--key", "second.key"]));
    expect((await verify(sandbox)).stdout).toMatch(
      /signed by [0-9a-f]{12}, [0-9a-f]{12} as com\.example\.app 1\.0\.0\n/,
    );
  });
});
