import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

const HERE = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;

describe("an update in the background", () => {
  test("leaves a version out that crashed here", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    await sandbox.launch();
    await sandbox.publish("1.1.0", "kill -SEGV $$");
    await sandbox.launch();
    await sandbox.build({ update: { when: "background" } });
    const updates = async (): Promise<number> =>
      (await readFile(join(sandbox.data, "log", "launcher.jsonl"), "utf8")).split('"event":"candidates"').length;
    const before = await updates();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n", stderr: "" });
    await expect.poll(updates, { timeout: 30_000 }).toBeGreaterThan(before);
    expect((await sandbox.launch(["--launcher", "status"])).stdout).toContain("left out    1.1.0");
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n", stderr: "" });
  });

  test("is no child of the program, which would wait for it", async () => {
    await using sandbox = await openSandbox();
    // A real program in native format, so that the launcher becomes it.
    await sandbox.slipway(["push", `${sandbox.repository}:1.0.0`, `${HERE}=/bin/sh`]);
    await sandbox.build({ update: { when: "background" } });
    await sandbox.launch(["-c", ":"]);
    let asked = false;
    sandbox.setFaults(() => {
      asked = true;
      return { kind: "hang" };
    });
    const go = join(sandbox.directory, "go");
    const script = `while [ ! -e ${go} ]; do :; done; read -r children < /proc/$$/task/$$/children; echo "[$children]"`;
    const running = sandbox.launch(["-c", script]);
    await expect.poll(() => asked, { timeout: 30_000 }).toBe(true);
    await writeFile(go, "");
    expect(await running).toMatchObject({ exitCode: 0, stdout: "[]\n" });
  });

  test("is there for the next start", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build({ update: { when: "background" } });
    await sandbox.launch();
    await sandbox.publish("1.1.0", "echo two");
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
    await expect.poll(async () => (await sandbox.launch()).stdout, { timeout: 30_000 }).toBe("two\n");
  });
});
