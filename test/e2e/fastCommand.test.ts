import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { readlink, rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { command, placed } from "../support/linuxPlaces.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { nativeProgram } from "../support/nativeProgram.ts";
import type { RunOptions } from "../support/run.ts";

const QUIET = { exitCode: 0, signal: null, stderr: "" };
const DAILY = { update: { checkEvery: "1d" } };

const script = ({ data }: Sandbox): string => join(data, "launcher", ".entry");

/** A program that is started often: installed, confirmed, at its place, and with a script that is made for it. */
async function openFast(program = "echo one", settings: Readonly<Record<string, unknown>> = DAILY): Promise<Sandbox> {
  const sandbox = await openSandbox("fast command");
  await sandbox.publish("1.0.0", program);
  await sandbox.build(settings);
  await settleDown(sandbox);
  sandbox.requests.length = 0;
  return sandbox;
}

async function settleDown(sandbox: Sandbox): Promise<void> {
  // The first confirms what is new, the second makes the script.
  for (const _ of ["first", "second"]) await sandbox.launch([], { env: { SETTLING: "yes" } });
}

/** Has it been two days since it was looked for updates. */
async function sinceLastCheck(sandbox: Sandbox): Promise<void> {
  const path = join(sandbox.data, "state.json");
  const state = JSON.parse(readFileSync(path, "utf8")) as object;
  const lastCheck = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000).toISOString();
  await writeFile(path, JSON.stringify({ ...state, lastCheck }));
}

/** What a start says when no launcher can be started. */
async function withoutLauncher(sandbox: Sandbox, options: RunOptions = {}) {
  chmodSync(placed(sandbox), 0o600);
  try {
    return await sandbox.launch([], options);
  } finally {
    chmodSync(placed(sandbox), 0o755);
  }
}

// Elsewhere the sandbox' programs are scripts, which are the launcher's affair.
describe.skipIf(nativeProgram("") === undefined)("a fast command", () => {
  test("starts the installed version without the launcher, which needs not even be there", async () => {
    await using sandbox = await openFast();
    expect(await readlink(command(sandbox))).toBe(script(sandbox));
    expect(await withoutLauncher(sandbox)).toEqual({ ...QUIET, stdout: "one\n" });
    expect(sandbox.requests).toEqual([]);
  });

  test.each([
    ["arguments", 'for a in "$@"; do printf "[%s]" "$a"; done'],
    ["input, and the exit code", "cat; exit 7"],
    ["the variables", "env | sort"],
    ["the folder, and the mask for new files", "pwd; umask"],
    ["no open file but the standard ones", "cd /proc/self/fd; echo *"],
    ["its own name", 'echo "$0"'],
    ["a signal that ends it", "kill -TERM $$"],
    ["a crash", "kill -SEGV $$"],
    ["SIGPIPE as it is by default", "trap - PIPE; (sleep 0; kill -PIPE $$); echo survived"],
  ])("hands over %s as the launcher does", async (_, program) => {
    await using sandbox = await openFast(`if [ "$SETTLING" ]; then exit; fi\n${program}`);
    const args = ["a b", "", "*", "$(touch pwned)", "`touch pwned`", "'", '"', "-n", "--", "line\nbreak", "ä"];
    const env = { EMPTY: "", QUOTED: "'\"$(touch pwned)", LINES: "a\nb", SLIPWAY_LOG: "off" };
    const byLauncher = await sandbox.launch(args, { env, input: "in\0put", launcher: placed(sandbox) });
    chmodSync(placed(sandbox), 0o600);
    expect(await sandbox.launch(args, { env, input: "in\0put" })).toEqual(byLauncher);
    expect(existsSync(join(sandbox.directory, "pwned"))).toBe(false);
  });

  test("is the program's own process, which signals reach", async () => {
    await using sandbox = await openFast('echo "$$"; read line');
    const child = spawn(command(sandbox), { env: { HOME: sandbox.home, PATH: process.env["PATH"] } });
    const [said] = (await once(child.stdout, "data")) as [Buffer];
    expect(Number(String(said))).toBe(child.pid);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([null, "SIGTERM"]);
  });

  test("has the launcher look for updates when a check is due, and is fast again afterwards", async () => {
    await using sandbox = await openFast();
    await sandbox.publish("1.1.0", "echo two");
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "one\n" });
    await sinceLastCheck(sandbox);
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "two\n" });
    await settleDown(sandbox);
    expect(await withoutLauncher(sandbox)).toEqual({ ...QUIET, stdout: "two\n" });
  });

  test("has the time at which the next check is due as its own, and from then on leaves it to the launcher", async () => {
    await using sandbox = await openFast();
    const { lastCheck, jitter } = JSON.parse(readFileSync(join(sandbox.data, "state.json"), "utf8")) as {
      lastCheck: string;
      jitter: number;
    };
    const due = Date.parse(lastCheck) + 24 * 60 * 60 * 1000 * (1 - 0.1 * jitter);
    const early = due - statSync(script(sandbox)).mtimeMs;
    expect(early >= 1000 && early < 2000).toBe(true);
    utimesSync(script(sandbox), 0, 0);
    expect(await withoutLauncher(sandbox)).toMatchObject({ exitCode: 126, stdout: "" });
  });

  test("hears of a person's settings, however old their file is, and of their end", async () => {
    await using sandbox = await openFast();
    await sandbox.publish("1.1.0", "echo two");
    const own = join(sandbox.home, ".config", "com.example.app", "installer.json");
    await sandbox.override({ version: "1.1.0" });
    utimesSync(own, 0, 0);
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "two\n" });
    await settleDown(sandbox);
    // A version that is asked for by name never gets any newer.
    utimesSync(script(sandbox), 0, 0);
    expect(await withoutLauncher(sandbox)).toEqual({ ...QUIET, stdout: "two\n" });
    await writeFile(own, JSON.stringify({ version: "1.0.0" }));
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "one\n" });
    await rename(own, `${own}.aside`);
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "two\n" });
  });

  test.each([
    ["another version is asked for", { SLIPWAY_VERSION: "1.1.0" }],
    ["a person wants a check", { SLIPWAY_UPDATE: "launch", SLIPWAY_VERSION: ">=1.1" }],
  ])("does what the environment says when %s", async (_, env) => {
    await using sandbox = await openFast();
    await sandbox.publish("1.1.0", "echo two");
    expect(await sandbox.launch([], { env })).toEqual({ ...QUIET, stdout: "two\n" });
  });

  test("goes back with the person, and the launcher's commands are there as ever", async () => {
    await using sandbox = await openFast();
    await sandbox.publish("1.1.0", "echo two");
    expectSuccess(await sandbox.launch(["--launcher", "update"]));
    await settleDown(sandbox);
    expect(await withoutLauncher(sandbox)).toEqual({ ...QUIET, stdout: "two\n" });
    expectSuccess(await sandbox.launch(["--launcher", "rollback"]));
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "one\n" });
  });

  test("runs on without a network, and says nothing of it", async () => {
    await using sandbox = await openFast();
    await sandbox.stopRegistry();
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "one\n" });
    await sinceLastCheck(sandbox);
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "one\n" });
  });

  test("has a damaged program mended before it is started", async () => {
    await using sandbox = await openFast();
    const versions = join(sandbox.data, "versions");
    const version = readdirSync(versions).find((name) => !name.includes(".json") && !name.endsWith(".files")) ?? "";
    const program = join(versions, version, "app");
    chmodSync(program, 0o755);
    // The sandbox makes old what lies there: this is what a person meets.
    await truncate(program, 100);
    const done = spawn(command(sandbox), { env: { HOME: sandbox.home, PATH: process.env["PATH"] } });
    const [said] = (await once(done.stdout, "data")) as [Buffer];
    expect(String(said)).toBe("one\n");
  });

  test("tells the person what is to be told, and is fast again afterwards", async () => {
    await using sandbox = await openFast();
    const news = { kind: "withdrawn", from: "0.9.0", to: "1.0.0", reason: "it lost work" };
    await writeFile(join(sandbox.data, "news.json"), JSON.stringify(news));
    const told = await sandbox.launch();
    expect(told).toMatchObject({ exitCode: 0, stdout: "one\n" });
    expect(told.stderr).toContain("it lost work");
    expect(await withoutLauncher(sandbox)).toEqual({ ...QUIET, stdout: "one\n" });
  });

  test("is made anew by a launcher that takes the old one's place, and ends with the wish for it", async () => {
    await using sandbox = await openFast();
    const before = readFileSync(script(sandbox), "utf8");
    const newer = { launcherVersion: "9.0.0", ...DAILY };
    await sandbox.build(newer);
    expectSuccess(await sandbox.launch(["--launcher", "install"], { launcher: sandbox.launcher }));
    expect(readFileSync(script(sandbox), "utf8")).not.toBe(before);
    await settleDown(sandbox);
    expect(await withoutLauncher(sandbox)).toEqual({ ...QUIET, stdout: "one\n" });

    await sandbox.build({ ...newer, launcherVersion: "9.1.0", desktop: {} });
    expectSuccess(await sandbox.launch(["--launcher", "install"], { launcher: sandbox.launcher }));
    expect(await readlink(command(sandbox))).toBe(placed(sandbox));
    expect(readdirSync(join(sandbox.data, "launcher")).filter((name) => name.startsWith(".entry"))).toEqual([]);
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "one\n" });
  });

  test("goes with the program", async () => {
    await using sandbox = await openFast();
    expectSuccess(await sandbox.launch(["--launcher", "uninstall"]));
    expect(existsSync(command(sandbox))).toBe(false);
    await expect(readlink(command(sandbox))).rejects.toThrow("ENOENT");
    expect(existsSync(sandbox.data)).toBe(false);
  });

  test("where the publisher has not asked for it, is the launcher itself", async () => {
    await using sandbox = await openFast("echo one", { ...DAILY, desktop: {} });
    expect(await readlink(command(sandbox))).toBe(placed(sandbox));
    expect(existsSync(script(sandbox))).toBe(false);
  });
});
