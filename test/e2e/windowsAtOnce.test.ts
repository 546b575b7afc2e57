import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Activation } from "../../src/store/activation.ts";
import { buildWindowsConsole } from "../support/windowsConsole.ts";
import { canRunWindows, lines, openWindowsSandbox, type WindowsSandbox } from "../support/windowsSandbox.ts";

const DAILY = { update: { checkEvery: "1d" } };

// Without what the other half of the launcher is unpacked and compiled with.
const WITHOUT_HALF = `
delete process.env.SLIPWAY_NODE;
require("node:vm").Script = class {
  constructor() {
    throw new Error("the other half is wanted");
  }
};
`;

/** What has a launcher start with one half. */
async function withoutHalf({ computer }: WindowsSandbox): Promise<NodeJS.ProcessEnv> {
  await writeFile(join(computer.drive, "without.cjs"), WITHOUT_HALF);
  return { SLIPWAY_NODE: String.raw`--require=C:\\without.cjs` };
}

/** A computer on which version 1.0.0 has run once, so that nothing is due for a day. */
async function openSettled(settings: Readonly<Record<string, unknown>> = {}, windowed = false) {
  const sandbox = await openWindowsSandbox();
  await sandbox.publish("1.0.0", { windowed });
  await sandbox.build({ ...DAILY, ...settings });
  expect(await sandbox.launch()).toMatchObject({ exitCode: 0 });
  return sandbox;
}

describe.skipIf(!canRunWindows())("on Windows, a start with nothing to look up", () => {
  test("takes half the launcher: arguments, input, variables and exit code pass through", async () => {
    await using sandbox = await openSettled();
    const { placed: launcher, computer } = sandbox;
    const env = { ...(await withoutHalf(sandbox)), TOLD: String.raw`C:\told.txt` };
    const args = ["a b", "", 'say "hi"', 'both\\"', "ä日", "%PATH%", "a&b|c>d", "--read", "--exit", "7"];
    const input = "a line\nand ä more";
    const said = lines("1.0.0", ...args) + input;
    expect(await sandbox.launch(args, { launcher, env, input })).toMatchObject({ exitCode: 7, stdout: said });
    expect(readFileSync(join(computer.drive, "told.txt"), "utf8")).toBe(said);
    // Of a version that is trusted any end is its own.
    const crashed = await sandbox.launch(["--crash"], { launcher, env });
    expect(crashed).toMatchObject({ stdout: lines("1.0.0", "--crash") });
    expect(crashed.exitCode).not.toBe(0);
    // The test itself: with something to look up it fails.
    const checking = { ...env, SLIPWAY_VERSION: "^2" };
    expect((await sandbox.launch([], { launcher, env: checking })).stderr).toContain("the other half is wanted");
  });

  test("leaves the answer to Ctrl+C to the program", async () => {
    await using sandbox = await openSettled();
    const { computer, placed } = sandbox;
    const args = ["--stay", "--sleep", "3000", "--exit", "7"];
    const env = { ...(await withoutHalf(sandbox)), TOLD: String.raw`C:\told.txt` };
    const run = await computer.run(buildWindowsConsole(computer.drive), [placed, ...args], { env });
    expect(run).toMatchObject({ exitCode: 7, stdout: lines("1.0.0", ...args) });
  });

  test("leaves a program with windows of its own when it runs", async () => {
    await using sandbox = await openSettled({ interface: "window" }, true);
    const env = { ...(await withoutHalf(sandbox)), TOLD: String.raw`C:\told.txt` };
    const told = join(sandbox.computer.drive, "told.txt");
    const args = ["ä%", "--sleep", "20000", "--exit", "3"];
    // Not the program's exit code, which comes later.
    expect(await sandbox.launch(args, { env, launcher: sandbox.placed })).toMatchObject({ exitCode: 0 });
    await expect.poll(() => (existsSync(told) ? readFileSync(told, "utf8") : "")).toBe(lines("1.0.0", ...args));
  });
});

describe.skipIf(!canRunWindows())("on Windows, a start that leaves looking to a process behind it", () => {
  test("runs what is there, and the next one runs what was found", async () => {
    await using sandbox = await openSettled({ update: { when: "background" } });
    const { placed: launcher, computer } = sandbox;
    await sandbox.publish("1.1.0");
    const args = ["--exit", "7"];
    expect(await sandbox.launch(args, { launcher })).toMatchObject({ exitCode: 7, stdout: lines("1.0.0", ...args) });
    await computer.settle();
    expect(await sandbox.launch(args, { launcher })).toMatchObject({ exitCode: 7, stdout: lines("1.1.0", ...args) });
  });
});

describe.skipIf(!canRunWindows())("on Windows, a start with nothing to look up takes all of the launcher", () => {
  test("for a program that was written over, which is fetched again", async () => {
    await using sandbox = await openSettled();
    const { data, placed: launcher } = sandbox;
    const installed = (): string => {
      const { current } = JSON.parse(readFileSync(join(data, "active.json"), "utf8")) as Activation;
      return join(data, "versions", current.directory, current.executable);
    };
    const whole = readFileSync(installed());
    // No program at all, and one that begins as programs do.
    for (const head of ["no", "MZ"]) {
      await writeFile(installed(), Buffer.concat([Buffer.from(head), Buffer.alloc(whole.length - head.length, "no")]));
      expect(await sandbox.launch(["a"], { launcher })).toMatchObject({ exitCode: 0, stdout: lines("1.0.0", "a") });
      expect(readFileSync(installed()).equals(whole)).toBe(true);
    }
  });

  test("to say what it cannot use, and to take away what its own update left", async () => {
    await using sandbox = await openSettled();
    const { placed: launcher } = sandbox;
    const left = join(dirname(launcher), ".Example-App.exe.0123abcd.old");
    await writeFile(left, "");
    expect(await sandbox.launch(["a"], { launcher })).toMatchObject({ exitCode: 0, stdout: lines("1.0.0", "a") });
    expect(existsSync(left)).toBe(false);
    await writeFile(join(dirname(launcher), "installer.json"), "{");
    const run = await sandbox.launch(["b"], { launcher });
    expect(run).toMatchObject({ exitCode: 0, stdout: lines("1.0.0", "b") });
    expect(run.stderr).toContain("not JSON");
  });
});
