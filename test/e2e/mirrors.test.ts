import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { faultOn } from "../../src/server/registry/faults.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const ALL = /./;

async function withVersions(versions: readonly string[]): Promise<Sandbox> {
  const sandbox = await openSandbox();
  for (const version of versions) await sandbox.publish(version, `echo ${version}`);
  return sandbox;
}

describe("a mirror", () => {
  test("that is no repository gives a warning, and the others are asked", async () => {
    await using sandbox = await withVersions(["1.0.0"]);
    await sandbox.build();
    const run = await sandbox.launch([], { env: { SLIPWAY_MIRROR: "nonsense" } });
    expect(run).toMatchObject({
      exitCode: 0,
      stdout: "1.0.0\n",
      stderr: expect.stringContaining('not a reference: "nonsense"'),
    });
  });

  test("is asked first, and may be gone", async () => {
    await using sandbox = await withVersions(["1.0.0"]);
    await using mirror = await withVersions(["1.0.0", "1.1.0"]);
    await sandbox.build();
    const env = { SLIPWAY_MIRROR: mirror.repository };
    expect(await sandbox.launch([], { env })).toMatchObject({ exitCode: 0, stdout: "1.1.0\n" });
    expect(sandbox.requests.filter(({ method, path }) => method === "GET" && path.includes("/blobs/"))).toEqual([]);
    await mirror.stopRegistry();
    await sandbox.publish("1.2.0", "echo 1.2.0");
    expect(await sandbox.launch([], { env })).toMatchObject({ exitCode: 0, stdout: "1.2.0\n" });
  });

  test("that is gone keeps nobody from a first start, nor from an update that somebody asks for", async () => {
    await using sandbox = await withVersions(["1.0.0"]);
    await using mirror = await withVersions([]);
    await mirror.stopRegistry();
    await sandbox.build();
    const env = { SLIPWAY_MIRROR: mirror.repository };
    expect(await sandbox.launch([], { env })).toMatchObject({ exitCode: 0, stdout: "1.0.0\n", stderr: "" });
    await sandbox.publish("1.1.0", "echo 1.1.0");
    expect(await sandbox.launch(["--launcher", "update"], { env })).toMatchObject({ stdout: "Updated to 1.1.0.\n" });
    expect(await sandbox.launch([], { env })).toMatchObject({ exitCode: 0, stdout: "1.1.0\n" });
  });

  test("that never answers leaves the others their part of the time", async () => {
    await using sandbox = await withVersions(["1.0.0", "1.1.0"]);
    await using mirror = await withVersions([]);
    mirror.setFaults(faultOn(ALL, { kind: "hang" }));
    await sandbox.build({ update: { timeout: "6s" } });
    await sandbox.launch([], { env: { SLIPWAY_VERSION: "1.0.0" } });
    const env = { SLIPWAY_MIRROR: mirror.repository };
    expect(await sandbox.launch([], { env })).toMatchObject({ exitCode: 0, stdout: "1.1.0\n", stderr: "" });
  });

  test("on a drive that hangs delays no start, and not the end of the program either", async () => {
    await using sandbox = await withVersions(["1.0.0"]);
    await sandbox.build({ update: { timeout: "2s" }, mirrors: ["oci:gone.tar"] });
    await sandbox.launch();
    await sandbox.publish("1.1.0", "echo 1.1.0");
    // Whoever opens a pipe that nobody writes to waits for ever.
    execFileSync("mkfifo", [join(dirname(sandbox.launcher), "gone.tar")]);
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.1.0\n", stderr: "" });
  });
});

test("an update may be given more time than any timer counts", async () => {
  await using sandbox = await withVersions(["1.0.0"]);
  await sandbox.build({ update: { timeout: "90d", criticalTimeout: "9999d" } });
  await sandbox.launch();
  await sandbox.publish("1.1.0", "echo 1.1.0", undefined, ["--critical"]);
  expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.1.0\n", stderr: "" });
});
