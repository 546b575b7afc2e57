import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { faultOn } from "../../src/server/registry/faults.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

async function buildWithRelease(sandbox: Sandbox): Promise<void> {
  const installer = { id: "com.example.app", name: "app", repository: sandbox.repository };
  await writeFile(join(sandbox.directory, "installer.json"), JSON.stringify(installer));
  expectSuccess(await sandbox.slipway(["build", "--platform", "host", "--bundle"]));
}

describe("a bundled release", () => {
  test("needs no network for the first start, and is updated like any other later", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await buildWithRelease(sandbox);
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n", stderr: "" });
    expect(sandbox.requests).toEqual([]);
    await sandbox.publish("1.1.0", "echo two");
    expect(await sandbox.launch()).toMatchObject({ stdout: "two\n" });
  });

  test("is installed once by first starts at the same time, and none of them asks a registry that hangs", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await buildWithRelease(sandbox);
    sandbox.requests.length = 0;
    sandbox.setFaults(faultOn(/./, { kind: "hang" }));
    const env = { SLIPWAY_UPDATE: "manual" };
    const runs = await Promise.all(Array.from({ length: 8 }, async () => await sandbox.launch([], { env })));
    expect(runs).toEqual(runs.map(() => ({ exitCode: 0, signal: null, stdout: "one\n", stderr: "" })));
    expect(sandbox.requests).toEqual([]);
  });

  test("that is not what the person asks for is left where it is", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.publish("2.0.0", "echo two");
    await buildWithRelease(sandbox);
    expect(await sandbox.launch([], { env: { SLIPWAY_VERSION: "1.0.0" } })).toMatchObject({ stdout: "one\n" });
  });
});
