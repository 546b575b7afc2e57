import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

async function withVersions(versions: readonly string[]): Promise<Sandbox> {
  const sandbox = await openSandbox();
  for (const version of versions) await sandbox.publish(version, `echo ${version}`);
  return sandbox;
}

describe("which version a launcher chooses", () => {
  test.each([
    ["latest leaves pre-releases out", ["1.9.0", "1.10.0", "2.0.0-rc.1"], {}, "1.10.0"],
    ["a channel's pre-releases count", ["1.0.0", "2.0.0-beta.1", "2.0.0-rc.1"], { channel: "beta" }, "2.0.0-beta.1"],
    ["pre-releases count when the settings say so", ["1.0.0", "2.0.0-rc.1"], { prereleases: true }, "2.0.0-rc.1"],
    ["an exact version", ["1.0.0", "1.1.0"], { version: "1.0.0" }, "1.0.0"],
    ["an exact pre-release", ["1.0.0", "2.0.0-rc.1"], { version: "v2.0.0-rc.1" }, "2.0.0-rc.1"],
    ["a range", ["1.0.0", "1.4.2", "2.0.0"], { version: "^1.0" }, "1.4.2"],
    ["build metadata, which a tag writes with _", ["1.0.0+7", "1.0.0+8"], {}, "1.0.0+8"],
  ])("%s", async (_, versions, settings, expected) => {
    await using sandbox = await withVersions(versions);
    await sandbox.build(settings);
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: `${expected}\n`, stderr: "" });
  });

  test("the newest that has this platform", async () => {
    await using sandbox = await withVersions(["1.0.0"]);
    await sandbox.publish("1.1.0", "echo mac", "darwin/arm64");
    await sandbox.build();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
  });

  test("a digest, of the index or of the platform's manifest", async () => {
    await using sandbox = await withVersions(["1.0.0", "2.0.0"]);
    const { digest } = JSON.parse(
      (await sandbox.slipway(["inspect", `${sandbox.repository}:1.0.0`, "--json"])).stdout,
    ).descriptor;
    await sandbox.build({ version: digest });
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n", stderr: "" });
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n", stderr: "" });
    expect(sandbox.requests).toEqual([]);
  });

  test("nothing lower than what is installed, although a version was taken back", async () => {
    await using sandbox = await withVersions(["1.0.0", "2.0.0"]);
    await sandbox.build();
    await sandbox.launch();
    const [host, ...name] = sandbox.repository.split("/");
    await fetch(`http://${host}/v2/${name.join("/")}/manifests/2.0.0`, { method: "DELETE" });
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "2.0.0\n", stderr: "" });
  });
});

describe("a person's own settings", () => {
  test("pin an older version without any network, and let go of it", async () => {
    await using sandbox = await withVersions(["1.0.0"]);
    await sandbox.build();
    await sandbox.launch();
    await sandbox.publish("2.0.0", "echo 2.0.0");
    await sandbox.launch();
    await sandbox.override({ version: "1.0.0" });
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n", stderr: "" });
    expect(sandbox.requests).toEqual([]);
    await sandbox.override(undefined);
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "2.0.0\n", stderr: "" });
  });

  test("may lie next to the launcher, unless they are another program's, and give way to the person's own", async () => {
    await using sandbox = await withVersions(["1.0.0", "2.0.0", "3.0.0"]);
    await sandbox.build();
    const beside = join(dirname(sandbox.launcher), "installer.json");
    await writeFile(beside, JSON.stringify({ id: "com.example.other", version: "1.0.0" }));
    expect(await sandbox.launch()).toMatchObject({ stdout: "3.0.0\n", stderr: "" });
    await writeFile(beside, JSON.stringify({ version: "1.0.0" }));
    expect(await sandbox.launch()).toMatchObject({ stdout: "1.0.0\n", stderr: "" });
    await sandbox.override({ version: "2.0.0" });
    expect(await sandbox.launch()).toMatchObject({ stdout: "2.0.0\n", stderr: "" });
  });

  test("choose a channel", async () => {
    await using sandbox = await withVersions(["1.0.0", "1.1.0-beta.1", "1.1.0-alpha.1"]);
    await sandbox.build();
    expect(await sandbox.launch()).toMatchObject({ stdout: "1.0.0\n" });
    await sandbox.override({ channel: "alpha" });
    expect(await sandbox.launch()).toMatchObject({ stdout: "1.1.0-alpha.1\n", stderr: "" });
    expect(await sandbox.launch([], { env: { SLIPWAY_CHANNEL: "beta" } })).toMatchObject({ stdout: "1.1.0-beta.1\n" });
    expect(await sandbox.launch([], { env: { SLIPWAY_CHANNEL: "2" } })).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining("SLIPWAY_CHANNEL: expected a channel"),
    });
  });

  test("come from the environment before all files", async () => {
    await using sandbox = await withVersions(["1.0.0", "2.0.0", "3.0.0"]);
    await sandbox.build();
    await sandbox.override({ version: "2.0.0" });
    expect(await sandbox.launch([], { env: { SLIPWAY_VERSION: "1.0.0" } })).toMatchObject({ stdout: "1.0.0\n" });
    expect(await sandbox.launch()).toMatchObject({ stdout: "2.0.0\n" });
  });

  test.each([
    ["is no JSON", "{ version: 1 }", "not JSON"],
    [
      "has a wrong value",
      { version: 7 },
      'version: expected a version or range such as "1.4.2", "^1.4" or "latest", got 7',
    ],
    ["has a version that is none", { version: "newest" }, 'not a version request: "newest"'],
    ["has a setting that does not exist", { versoin: "1.0.0" }, "versoin: there is no such setting"],
  ])("that a file which %s gives a warning, and the publisher's hold", async (_, settings, warning) => {
    await using sandbox = await withVersions(["1.0.0"]);
    await sandbox.build();
    await sandbox.override(settings);
    const first = await sandbox.launch();
    expect(first).toMatchObject({ exitCode: 0, stdout: "1.0.0\n", stderr: expect.stringContaining(warning) });
    expect(first.stderr).toContain("installer.json");
  });

  test("name a version that is none bring no update that nobody asked for", async () => {
    await using sandbox = await withVersions(["1.0.0"]);
    await sandbox.build();
    await sandbox.launch();
    await sandbox.publish("2.0.0", "echo 2.0.0");
    await sandbox.override({ version: "newest", update: { when: "manual" } });
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toMatchObject({
      exitCode: 0,
      stdout: "1.0.0\n",
      stderr: expect.stringMatching(/^[^\n]*not a version request: "newest"[^\n]*\n$/),
    });
    expect(sandbox.requests).toEqual([]);
  });

  test("name a version that does not exist: a sentence, and what is installed runs", async () => {
    await using sandbox = await withVersions(["1.0.0"]);
    await sandbox.build();
    await sandbox.launch();
    await sandbox.override({ version: "9.9.9" });
    const { exitCode, stdout, stderr } = await sandbox.launch();
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "1.0.0\n" });
    const log = join(sandbox.data, "log", "launcher.jsonl");
    expect(stderr).toBe(
      `Version 9.9.9 of app could not be installed; 1.0.0 is started. (there is no version 9.9.9; the newest are 1.0.0; log: ${log})\n`,
    );
  });

  test("that switch updates off keep off the network, whatever version they name", async () => {
    await using sandbox = await withVersions(["1.0.0"]);
    await sandbox.build();
    await sandbox.launch();
    await sandbox.publish("2.0.0", "echo 2.0.0");
    await sandbox.launch();
    sandbox.requests.length = 0;
    const off = async (version: string) =>
      await sandbox.launch([], { env: { SLIPWAY_UPDATE: "off", SLIPWAY_VERSION: version } });
    // What is kept on the computer can be had, and nothing else.
    expect(await off("1.0.0")).toMatchObject({ exitCode: 0, stdout: "1.0.0\n", stderr: "" });
    expect(await off("^2.0")).toMatchObject({ exitCode: 0, stdout: "2.0.0\n", stderr: "" });
    expect(await off("3.0.0")).toMatchObject({
      exitCode: 0,
      stdout: "2.0.0\n",
      stderr: expect.stringContaining("off"),
    });
    expect(sandbox.requests).toEqual([]);
  });
});
