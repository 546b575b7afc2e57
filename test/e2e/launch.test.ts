import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { faultOn } from "../../src/server/registry/faults.ts";
import { converse } from "../support/converse.ts";
import { hasProgram } from "../support/peer.ts";
import { openSandbox } from "../support/sandbox.ts";
import type { Way } from "../support/sandboxWith.ts";

const HERE = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;
const QUIET = { exitCode: 0, signal: null, stderr: "" };

describe("a first start", () => {
  test("installs the newest version, says so, and becomes it", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.publish("1.2.0", "echo two");
    await sandbox.build();
    const first = await sandbox.launch([], { env: { SLIPWAY_PROGRESS: "always" } });
    expect(first).toMatchObject({ exitCode: 0, stdout: "two\n" });
    expect(first.stderr).toContain("Installing app 1.2.0");
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "two\n" });
  });

  test("passes arguments, input and exit code through untouched", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", 'for a in "$@"; do printf "[%s]" "$a"; done; cat; exit 7');
    await sandbox.build();
    const args = ["--version", "--help", "a b", "", "ä%PATH%", '"quoted"', "$HOME", "-x", "--launcher"];
    const expected = {
      exitCode: 7,
      signal: null,
      stderr: "",
      stdout: `${args.map((argument) => `[${argument}]`).join("")}input`,
    };
    expect(await sandbox.launch(args, { input: "input" })).toEqual(expected);
    expect(await sandbox.launch(args, { input: "input" })).toEqual(expected);
  });

  test("and later ones hand over standard streams as they are: reading waits, and writing does not fail", async () => {
    await using sandbox = await openSandbox();
    // A program in native format, which the launcher becomes once it is confirmed. dd does not write again what a
    // non-blocking pipe refuses.
    await sandbox.slipway(["push", `${sandbox.repository}:1.0.0`, `${HERE}=/bin/bash`]);
    await sandbox.build();
    const script = 'echo ready; read line; echo "got $line"; dd if=/dev/zero bs=1M count=2 >&2 2>/dev/null';
    for (const _ of ["first", "second"]) {
      const child = spawn(sandbox.launcher, ["-c", script], {
        env: { PATH: process.env["PATH"], HOME: sandbox.home },
        stdio: ["pipe", "pipe", "pipe"],
      });
      const [ready] = (await once(child.stdout, "data")) as [Buffer];
      child.stdin.end("something\n");
      const [said, zeros] = await Promise.all([text(child.stdout), buffer(child.stderr)]);
      expect(`${String(ready)}${said}`).toBe("ready\ngot something\n");
      expect(zeros.byteLength).toBe(2 * 1024 * 1024);
    }
  });

  test("without a registry says in one sentence why, and what to do", async () => {
    await using sandbox = await openSandbox();
    await sandbox.build();
    await sandbox.stopRegistry();
    const { exitCode, stdout, stderr } = await sandbox.launch();
    expect({ exitCode, stdout }).toEqual({ exitCode: 69, stdout: "" });
    expect(stderr).toContain("app could not be installed.");
    expect(stderr).toContain("cannot reach 127.0.0.1");
  });

  test("says when the program is not published at all, or not for this platform", async () => {
    await using sandbox = await openSandbox();
    await sandbox.build();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 66, stderr: expect.stringContaining("answered 404") });
    await sandbox.publish("1.0.0", "echo other", "darwin/arm64");
    expect(await sandbox.launch()).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining("is not published for linux/"),
    });
  });

  test("speaks the person's language", async () => {
    await using sandbox = await openSandbox();
    await sandbox.build();
    const { stderr } = await sandbox.launch([], { env: { LC_ALL: "de_AT.UTF-8" } });
    expect(stderr).toContain("app konnte nicht installiert werden.");
  });

  test("from fifty starts at once downloads once, and all of them run", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    sandbox.requests.length = 0;
    const runs = await Promise.all(Array.from({ length: 50 }, async () => await sandbox.launch()));
    expect(runs).toEqual(Array.from({ length: 50 }, () => ({ ...QUIET, stdout: "one\n" })));
    expect(sandbox.requests.filter(({ path }) => path.includes("/blobs/"))).toHaveLength(1);
  });
});

describe.each<Way>(["launcher", "fast command"])("a later start by the %s", (by) => {
  test("updates to what was published meanwhile, with progress", async () => {
    await using sandbox = await openSandbox(by);
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "one\n" });
    await sandbox.publish("1.1.0", "echo two");
    const { stdout, stderr } = await sandbox.launch([], { env: { SLIPWAY_PROGRESS: "always" } });
    expect(stdout).toBe("two\n");
    expect(stderr).toContain("Updating app from 1.0.0 to 1.1.0");
  });

  test("asks one question when all is up to date, and three more for an update of one file", async () => {
    await using sandbox = await openSandbox(by);
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    await sandbox.launch();
    sandbox.requests.length = 0;
    await sandbox.launch();
    expect(sandbox.requests.map(({ path }) => path)).toEqual(["/v2/example/app/tags/list?n=1000"]);
    await sandbox.publish("1.1.0", "echo two");
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "two\n" });
    expect(sandbox.requests).toHaveLength(4);
  });

  test("is not disturbed by options that are meant for other Node programs, and hands them on", async () => {
    await using sandbox = await openSandbox(by);
    await sandbox.publish("1.0.0", 'echo "one $NODE_OPTIONS"');
    await sandbox.build();
    const env = { NODE_OPTIONS: "--require=/nowhere --no-such-option" };
    expect(await sandbox.launch([], { env })).toEqual({ ...QUIET, stdout: `one ${env.NODE_OPTIONS}\n` });
    // They are the embedded Node's under this name, for whoever wants to look inside.
    const looking = await sandbox.launch([], { env: { SLIPWAY_NODE: "--no-such-option" } });
    expect(looking).toMatchObject({ exitCode: 9, stderr: expect.stringContaining("--no-such-option is not allowed") });
  });

  test("waits for nobody else's update: fifty starts run what is there while one fetches", async () => {
    await using sandbox = await openSandbox(by);
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build({ update: { timeout: "60s" } });
    await sandbox.launch();
    await sandbox.publish("1.1.0", "echo two");
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    sandbox.hold(/^GET .*blobs/, held);
    sandbox.requests.length = 0;
    const updating = sandbox.launch();
    await expect
      .poll(() => sandbox.requests.some(({ path }) => path.includes("1.1.0")), { timeout: 30_000 })
      .toBe(true);
    // While the update is under way nobody but the one may ask for anything.
    const runs = await Promise.all(Array.from({ length: 50 }, async () => await sandbox.launch()));
    expect(runs).toEqual(Array.from({ length: 50 }, () => ({ ...QUIET, stdout: "one\n" })));
    release();
    expect(await updating).toEqual({ ...QUIET, stdout: "two\n" });
  });

  test("waits for a critical release longer than for others, and no longer than that", async () => {
    await using sandbox = await openSandbox(by);
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build({ update: { timeout: "1s", criticalTimeout: "60s" } });
    await sandbox.launch();
    await sandbox.publish("1.1.0", "echo two", undefined, ["--critical"]);
    sandbox.setFaults(faultOn(/^GET .*blobs/, { kind: "latency", ms: 1500 }));
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "two\n" });
    await sandbox.publish("1.2.0", "echo three", undefined, ["--critical"]);
    sandbox.setFaults(faultOn(/^GET .*blobs/, { kind: "hang" }));
    await sandbox.override({ update: { criticalTimeout: "1s" } });
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "two\n" });
  });

  test.runIf(hasProgram("script"))("lets a person at a terminal skip a critical release", async () => {
    await using sandbox = await openSandbox(by);
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build({ update: { criticalTimeout: "10m" } });
    await sandbox.launch();
    await sandbox.publish("1.1.0", "echo two", undefined, ["--critical"]);
    sandbox.setFaults(faultOn(/^GET .*blobs/, { kind: "hang" }));
    const env = { PATH: process.env["PATH"], HOME: sandbox.home };
    const { exitCode, screen } = await converse([sandbox.launcher], [["Ctrl+C: Skip for now", "\u0003"]], env);
    expect({ exitCode, screen }).toEqual({ exitCode: 0, screen: expect.stringMatching(/one\r\n$/) });
  });

  test("says that an update goes on behind to a person who has seen it begin", async () => {
    await using sandbox = await openSandbox(by);
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build({ update: { timeout: "1s" } });
    await sandbox.launch();
    await sandbox.publish("1.1.0", "echo two");
    sandbox.setFaults(faultOn(/^GET .*blobs/, { kind: "hang" }));
    const { stdout, stderr } = await sandbox.launch([], { env: { SLIPWAY_PROGRESS: "always" } });
    expect(stdout).toBe("one\n");
    expect(stderr).toContain("The update of app to 1.1.0 goes on in the background; 1.0.0 is started.");
    sandbox.setFaults(undefined);
    await expect.poll(async () => (await sandbox.launch()).stdout, { timeout: 60_000 }).toBe("two\n");
  });

  test("works offline, silently", async () => {
    await using sandbox = await openSandbox(by);
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    await sandbox.launch();
    await sandbox.stopRegistry();
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "one\n" });
  });

  test.each([
    ["not before checkEvery has passed", { update: { checkEvery: "24h" } }, {}],
    ["never with update.when manual", { update: { when: "manual" } }, {}],
    ["never with SLIPWAY_UPDATE=off", {}, { SLIPWAY_UPDATE: "off" }],
    ["never when the version is fixed", { version: "1.0.0" }, {}],
  ])("looks for updates %s", async (_, settings, env) => {
    await using sandbox = await openSandbox(by);
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build(settings);
    await sandbox.launch([], { env });
    await sandbox.publish("1.1.0", "echo two");
    sandbox.requests.length = 0;
    expect(await sandbox.launch([], { env })).toEqual({ ...QUIET, stdout: "one\n" });
    expect(sandbox.requests).toEqual([]);
  });

  test("fetches a version again that was deleted or whose activation was damaged", async () => {
    await using sandbox = await openSandbox(by);
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    await sandbox.launch();
    await rm(join(sandbox.data, "versions"), { recursive: true });
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "one\n" });
    await writeFile(join(sandbox.data, "active.json"), "{");
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "one\n" });
  });

  test("leaves the files of a newer launcher alone, and starts what it activated", async () => {
    await using sandbox = await openSandbox(by);
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    await sandbox.launch();
    const path = join(sandbox.data, "active.json");
    const { readFile } = await import("node:fs/promises");
    const newer = (await readFile(path, "utf8")).replace('"schema": 1', '"schema": 9');
    await writeFile(path, newer);
    await sandbox.publish("1.1.0", "echo two");
    expect(await sandbox.launch()).toEqual({ ...QUIET, stdout: "one\n" });
    expect(await readFile(path, "utf8")).toBe(newer);
  });
});
