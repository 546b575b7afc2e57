import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectSuccess } from "../support/sandbox.ts";
import { buildWindowsProgram } from "../support/windowsProgram.ts";
import { canRunWindows, lines, openWindowsSandbox } from "../support/windowsSandbox.ts";

describe.skipIf(!canRunWindows())("on Windows, a release with very long paths", () => {
  test("is installed, updated and compared like any other", async () => {
    await using sandbox = await openWindowsSandbox();
    const { publisher, data } = sandbox;
    const deep = Array.from({ length: 5 }, (_, level) => `level-${level}-${"x".repeat(60)}`);
    for (const version of ["1.0.0", "1.1.0"]) {
      const folder = join(publisher.directory, "long", version);
      await mkdir(join(folder, ...deep), { recursive: true });
      await writeFile(join(folder, ...deep, "file"), version);
      await cp(buildWindowsProgram(join(publisher.directory, "programs"), { version }), join(folder, "app.exe"));
      const args = ["push", `${publisher.repository}:${version}`, `windows/amd64=${folder}`, "--entrypoint", "app.exe"];
      expectSuccess(await publisher.slipway(args));
      if (version === "1.0.0") await sandbox.build();
      expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: lines(version) });
      const installed = readdirSync(join(data, "versions")).find((name) => name.startsWith(version)) ?? "";
      expect(readFileSync(join(data, "versions", installed, ...deep, "file"), "utf8")).toBe(version);
    }
    const repaired = await sandbox.launch(["--launcher", "repair"], { launcher: sandbox.placed });
    expect(repaired).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1\.1\.0: every file is as it was installed\r?\n1\.0\.0: every file/),
    });
  });
});

describe.skipIf(!canRunWindows())("on Windows, a program that was damaged", () => {
  test.each([
    ["deleted", async (program: string) => await rm(program)],
    ["cut short", async (program: string) => await truncate(program, 1000)],
    [
      "written over",
      async (program: string) => await writeFile(program, Buffer.alloc((await stat(program)).size, "no")),
    ],
  ])("%s is fetched again; without a network the version before it runs", async (_, spoil) => {
    await using sandbox = await openWindowsSandbox();
    const { data, placed: launcher, publisher } = sandbox;
    await sandbox.publish("1.0.0");
    await sandbox.build();
    await sandbox.launch();
    await sandbox.publish("1.1.0");
    await sandbox.launch([], { launcher });
    const folder = readdirSync(join(data, "versions")).find((name) => /^1\.1\.0-\w+$/.test(name)) ?? "";
    await spoil(join(data, "versions", folder, "app.exe"));
    publisher.setFaults(() => ({ kind: "drop" }));
    expect(await sandbox.launch(["a"], { launcher })).toMatchObject({ exitCode: 0, stdout: lines("1.0.0", "a") });
    publisher.setFaults(undefined);
    expect(await sandbox.launch(["b"], { launcher })).toMatchObject({ exitCode: 0, stdout: lines("1.1.0", "b") });
  });
});

// Kills the process that is about to put the new launcher at its place, when the old one has been moved aside. That a
// program which runs cannot be replaced is Windows' rule, and not wine's.
const KILL_IN_SWAP = `
delete process.env.SLIPWAY_NODE;
const { existsSync, promises } = require("node:fs");
const { rename } = promises;
promises.rename = async (from, to) => {
  if (/\\.new$/.test(from) && /\\.exe$/.test(to)) {
    if (existsSync(to)) throw Object.assign(new Error("EPERM"), { code: "EPERM" });
    require("node:fs").writeFileSync(process.env.TOLD, "killed");
    process.kill(process.pid, "SIGKILL");
  }
  return await rename(from, to);
};
require("node:module").syncBuiltinESMExports();
`;

describe.skipIf(!canRunWindows())(
  "on Windows, a launcher that is killed between the two steps of its own update",
  () => {
    test("is at its place again, and updates at its next try", async () => {
      await using sandbox = await openWindowsSandbox();
      const { placed, data, publisher, computer } = sandbox;
      await sandbox.publish("1.0.0");
      await sandbox.build({ launcherVersion: "1.0.0" });
      await sandbox.launch();
      await sandbox.build({ launcherVersion: "1.1.0" });
      expectSuccess(await publisher.slipway(["push", "--launcher", "--codings", "none"]));
      await writeFile(join(computer.drive, "kill.cjs"), KILL_IN_SWAP);
      const env = { SLIPWAY_NODE: String.raw`--require=C:\\kill.cjs`, TOLD: String.raw`C:\told.txt` };
      const killed = await sandbox.launch(["--launcher", "update"], { launcher: placed, env });
      expect(killed.exitCode).not.toBe(0);
      expect(existsSync(join(computer.drive, "told.txt"))).toBe(true);
      await expect.poll(() => existsSync(placed), { timeout: 30_000 }).toBe(true);
      expect(await sandbox.launch(["x"], { launcher: placed })).toMatchObject({
        exitCode: 0,
        stdout: lines("1.0.0", "x"),
      });
      expectSuccess(await sandbox.launch(["--launcher", "update"], { launcher: placed }));
      expect((await sandbox.launch(["--launcher", "version"], { launcher: placed })).stdout).toBe("1.1.0\n");
      await computer.settle();
      expectSuccess(await sandbox.launch(["--launcher", "update"], { launcher: placed }));
      expect(readdirSync(join(data, "launcher")).sort()).toEqual(["Example-App.exe", "settled.json"]);
    });
  },
);
