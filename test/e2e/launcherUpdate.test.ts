import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { faultOn } from "../../src/server/registry/faults.ts";
import { entry, placed, prepare } from "../support/linuxPlaces.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

describe("a launcher at its place", () => {
  /** Builds a launcher of this version and publishes it. */
  async function publishLauncher(sandbox: Sandbox, launcherVersion: string, settings = {}): Promise<void> {
    await sandbox.build({ interface: "window", launcherVersion, ...settings });
    expectSuccess(await sandbox.slipway(["push", "--launcher", "--codings", "none"]));
  }

  async function versionOf(sandbox: Sandbox): Promise<string> {
    return (await sandbox.launch(["--launcher", "version"], { launcher: placed(sandbox) })).stdout.trim();
  }

  test("is replaced by a newer one that was published, behind the program that it starts", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox, { launcherVersion: "1.0.0" });
    await sandbox.open();
    await publishLauncher(sandbox, "1.1.0", { desktop: { urlSchemes: ["slip"] } });
    expect(await sandbox.launch([], { launcher: placed(sandbox) })).toMatchObject({ exitCode: 0, stdout: "one\n" });
    expect(readFileSync(join(sandbox.data, "log", "launcher.jsonl"), "utf8")).toContain("launcher-update-started");
    await expect.poll(async () => await versionOf(sandbox), { timeout: 30_000 }).toBe("1.1.0");
    // What the new one declares is declared by itself.
    await expect.poll(() => readFileSync(entry(sandbox), "utf8")).toContain("x-scheme-handler/slip");
    await expect.poll(() => readdirSync(join(sandbox.data, "launcher")).sort()).toEqual(["app", "settled.json"]);
    sandbox.requests.length = 0;
    expect(await sandbox.launch([], { launcher: placed(sandbox) })).toMatchObject({ exitCode: 0, stdout: "one\n" });
    expect(sandbox.requests.map(({ path }) => path)).toEqual(["/v2/example/app/tags/list?n=1000"]);
  });

  test("is replaced at once when somebody asks for updates", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox, { launcherVersion: "1.0.0" });
    await sandbox.open();
    await publishLauncher(sandbox, "1.1.0");
    const updated = await sandbox.launch(["--launcher", "update"], { launcher: placed(sandbox) });
    expect(updated).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("The launcher is 1.1.0") });
    expect(await versionOf(sandbox)).toBe("1.1.0");
  });

  test("comes in the coding that browsers get, in fewer bytes", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox, { launcherVersion: "1.0.0" });
    await sandbox.open();
    await sandbox.build({ interface: "window", launcherVersion: "1.1.0" });
    const whole = statSync(sandbox.launcher).size;
    expectSuccess(await sandbox.slipway(["push", "--launcher", "--codings", "gzip"]));
    sandbox.requests.length = 0;
    const updated = await sandbox.launch(["--launcher", "update"], { launcher: placed(sandbox) });
    expect(updated.stdout).toContain("The launcher is 1.1.0");
    const blobs = sandbox.requests.filter(({ path }) => path.includes("/blobs/"));
    expect(blobs).toMatchObject([{ status: 200 }]);
    expect(blobs[0]?.bytes).toBeLessThan(whole / 2);
    expect(await versionOf(sandbox)).toBe("1.1.0");
    expect(readFileSync(placed(sandbox)).equals(readFileSync(sandbox.launcher))).toBe(true);
  });

  test("stays when the new one is another program's, or does not start", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox, { launcherVersion: "1.0.0" });
    await sandbox.open();
    const broken = join(sandbox.directory, "broken");
    await writeFile(broken, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const tag = `${sandbox.repository}:launcher-1.2.0`;
    expectSuccess(await sandbox.slipway(["push", tag, broken, "--annotation", "a=b"]));
    const first = await sandbox.launch(["--launcher", "update"], { launcher: placed(sandbox) });
    expect(first.stdout).toContain("The launcher stays as it is: launcher 1.2.0 does not run here");
    expect(first.stdout).toContain(`\n\nLog: ${join(sandbox.data, "log", "launcher.jsonl")}\n`);
    expect(await versionOf(sandbox)).toBe("1.0.0");
    // It is not tried at every start.
    await sandbox.launch([], { launcher: placed(sandbox) });
    expect(readFileSync(join(sandbox.data, "log", "launcher.jsonl"), "utf8")).not.toContain("launcher-update-started");
  });

  test("stays when the new one does not arrive as it was published, and does not fetch it at every start", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox, { launcherVersion: "1.0.0" });
    await sandbox.open();
    await publishLauncher(sandbox, "1.1.0");
    sandbox.setFaults(faultOn(/^GET .*\/blobs\//, { kind: "wrong-bytes" }));
    const first = await sandbox.launch(["--launcher", "update"], { launcher: placed(sandbox) });
    expect(first.stdout).toContain("The launcher stays as it is:");
    sandbox.requests.length = 0;
    expect(await sandbox.launch([], { launcher: placed(sandbox) })).toMatchObject({ exitCode: 0, stdout: "one\n" });
    expect(readFileSync(join(sandbox.data, "log", "launcher.jsonl"), "utf8")).not.toContain("launcher-update-started");
    expect(sandbox.requests.filter(({ path }) => path.includes("/blobs/"))).toEqual([]);
    expect(await versionOf(sandbox)).toBe("1.0.0");
  });

  test("does not keep the program from being updated while it is replaced", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox, { launcherVersion: "1.0.0" });
    await sandbox.open();
    await publishLauncher(sandbox, "1.1.0");
    let fetching = false;
    sandbox.setFaults(({ path, method }) => {
      if (method !== "GET" || !path.includes("/blobs/") || fetching) return undefined;
      fetching = true;
      return { kind: "latency", ms: 10_000 };
    });
    await sandbox.launch([], { launcher: placed(sandbox) });
    await expect.poll(() => fetching).toBe(true);
    await sandbox.publish("1.1.0", "echo two");
    expect(await sandbox.launch([], { launcher: placed(sandbox) })).toMatchObject({ exitCode: 0, stdout: "two\n" });
    expect(await versionOf(sandbox)).toBe("1.0.0");
    await expect.poll(async () => await versionOf(sandbox), { timeout: 30_000 }).toBe("1.1.0");
  });

  test("clears up what killed updates of it have left", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox);
    await sandbox.open();
    const folder = join(sandbox.data, "launcher");
    await mkdir(join(folder, ".staged-0b5c", "launcher"), { recursive: true });
    for (const name of [".app.0a1b2c3d.new", ".app.0a1b2c3d.old", join(".staged-0b5c", "launcher", "app")])
      await writeFile(join(folder, name), "half");
    await sandbox.launch([], { launcher: placed(sandbox) });
    expect(readdirSync(folder).sort()).toEqual(["app", "settled.json"]);
  });

  test("is pushed only as what it is", async () => {
    await using sandbox = await openSandbox();
    expect(await sandbox.slipway(["push", "--launcher", "--codings", "none"])).toMatchObject({ exitCode: 66 });
    await prepare(sandbox, { launcherVersion: "1.0.0" });
    await writeFile(
      join(sandbox.directory, "installer.json"),
      JSON.stringify({ id: "com.example.app", name: "app", repository: sandbox.repository, launcherVersion: "1.0.1" }),
    );
    const old = await sandbox.slipway(["push", "--launcher", "--codings", "none"]);
    expect(old).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining("was built as launcher 1.0.0, not 1.0.1"),
    });
  });
});
