import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { openBlobs } from "../../../src/store/blobs.ts";
import { collectVersions, planCollection } from "../../../src/store/collection.ts";
import { isTidy } from "../../../src/store/leftovers.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { readInstalled, recordPath } from "../../../src/store/versions.ts";
import { stageVersion } from "../../../src/store/staging.ts";
import { watchDisk } from "./disk.ts";
import { activationOf, install, openStore, versionOf } from "./sample.ts";

function versionsIn(paths: StorePaths): string[] {
  return readInstalled(paths)
    .map(({ version }) => version)
    .sort();
}

/** Installed one after the other, in this order. */
async function installAll(paths: StorePaths, versions: readonly string[]): Promise<void> {
  for (const [position, version] of versions.entries()) {
    await install(paths, versionOf(version));
    await utimes(recordPath(paths, versionOf(version).directory), 1000 + position, 1000 + position);
  }
}

test("a start that may wait no longer has versions moved out of the way, and leaves the rest to another time", async () => {
  await using store = await openStore();
  await installAll(store.paths, ["1.0.0", "1.1.0", "1.2.0"]);
  const options = { activation: activationOf("1.2.0"), keep: 1, platform: process.platform };
  await mkdir(join(store.paths.versions, ".staging-abandoned"));
  await collectVersions(store.paths, { ...options, signal: AbortSignal.abort(new Error("too late")) });
  expect(versionsIn(store.paths)).toEqual(["1.2.0"]);
  expect(await readdir(store.paths.versions)).toContain(".staging-abandoned");
  await collectVersions(store.paths, options);
  expect((await readdir(store.paths.versions)).filter((name) => name.startsWith("."))).toEqual([]);
});

describe("which versions go", () => {
  const installed = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].map((version, installedAt) => ({
    version: versionOf(version),
    installedAt,
    running: false,
  }));
  const onlyCurrent = activationOf("1.1.0");
  const withPrevious = activationOf("1.0.0", { previous: versionOf("1.2.0") });
  test.each([
    ["all but current and previous, though fewer are wanted", withPrevious, 0, ["1.3.0", "1.1.0"]],
    ["all but current and previous", withPrevious, 2, ["1.3.0", "1.1.0"]],
    ["the oldest beyond three", withPrevious, 3, ["1.1.0"]],
    ["none of four", withPrevious, 4, []],
    ["all but the newest two besides the current", onlyCurrent, 3, ["1.0.0"]],
    ["all but the current", onlyCurrent, 1, ["1.3.0", "1.2.0", "1.0.0"]],
  ])("%s", (_, activation, keep, gone) => {
    expect(planCollection(installed, activation, keep).map(({ version }) => version)).toEqual(gone);
  });

  test("all but the current and one that runs", () => {
    const running = installed.map(({ version, installedAt }) => ({
      version,
      installedAt,
      running: version.version === "1.0.0",
    }));
    const gone = planCollection(running, onlyCurrent, 1).map(({ version }) => version);
    expect(gone).toEqual(["1.3.0", "1.2.0"]);
  });
});

describe("collecting", () => {
  test("keeps current, previous and the newest installed up to the number", async () => {
    await using store = await openStore();
    await installAll(store.paths, ["1.3.0", "1.0.0", "1.1.0", "1.2.0"]);
    const activation = activationOf("1.3.0", { previous: versionOf("1.0.0") });
    await collectVersions(store.paths, { activation, keep: 3, platform: process.platform });
    expect(versionsIn(store.paths)).toEqual(["1.0.0", "1.2.0", "1.3.0"]);
    expect(await readdir(store.paths.versions)).toHaveLength(9);
  });

  test("leaves what is in use on Windows whole for the next time", async () => {
    await using store = await openStore();
    await installAll(store.paths, ["1.0.0", "1.1.0", "1.2.0"]);
    const activation = activationOf("1.2.0");
    {
      using _disk = await watchDisk(async ({ name, path }) => {
        if (name === "rename" && path.endsWith(versionOf("1.0.0").directory))
          throw Object.assign(new Error("EBUSY"), { code: "EBUSY" });
      });
      await collectVersions(store.paths, { activation, keep: 1, platform: process.platform });
    }
    expect(versionsIn(store.paths)).toEqual(["1.0.0", "1.2.0"]);
    await collectVersions(store.paths, { activation, keep: 1, platform: process.platform });
    expect(versionsIn(store.paths)).toEqual(["1.2.0"]);
  });

  test.each([
    ["a program of its own", "cp /bin/sleep", ["60"]],
    ["a script", "printf '#!/bin/sh\\nread line\\n' >", []],
  ])("leaves a version alone that runs: %s", async (_, make, args) => {
    await using store = await openStore();
    await installAll(store.paths, ["1.0.0", "1.1.0"]);
    const { directory, executable } = versionOf("1.0.0");
    const program = join(store.paths.versions, directory, executable);
    execFileSync("sh", ["-c", `rm "$0"; ${make} "$0"; chmod +x "$0"`, program]);
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "ignore"] });
    try {
      await once(child, "spawn");
      const options = { activation: activationOf("1.1.0"), keep: 1, platform: process.platform };
      await collectVersions(store.paths, options);
      expect(versionsIn(store.paths)).toEqual(["1.0.0", "1.1.0"]);
      child.kill("SIGKILL");
      await once(child, "exit");
      await collectVersions(store.paths, options);
      expect(versionsIn(store.paths)).toEqual(["1.1.0"]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("sweeps what killed processes left, and nothing else", async () => {
    await using store = await openStore();
    const { paths } = store;
    await installAll(paths, ["1.0.0", "1.1.0"]);
    const { directory } = await stageVersion(paths);
    await writeFile(join(directory, "app"), "half");
    await mkdir(join(paths.versions, ".trash-1", "bin"), { recursive: true });
    await mkdir(join(paths.versions, "1.2.0-without-record"));
    await writeFile(join(paths.versions, "1.3.0-without-directory.json"), JSON.stringify(versionOf("1.3.0")));
    await writeFile(join(paths.versions, "x.json.12345678.tmp"), "");
    await writeFile(join(paths.versions, ".nfs0001"), "");
    await writeFile(join(paths.root, "active.json.12345678.tmp"), "{");
    await writeFile(join(paths.root, "installer.json"), "{}");

    await collectVersions(paths, {
      activation: activationOf("1.1.0", { previous: versionOf("1.0.0") }),
      keep: 2,
      platform: process.platform,
    });
    const kept = ["1.0.0", "1.1.0"].flatMap((version) => [
      versionOf(version).directory,
      `${versionOf(version).directory}.files`,
      `${versionOf(version).directory}.json`,
    ]);
    expect((await readdir(paths.versions)).sort()).toEqual([".nfs0001", ...kept].sort());
    expect((await readdir(paths.root)).sort()).toEqual(["installer.json", "versions"]);
  });

  test("never takes the files of the current or previous version, damaged as they may be", async () => {
    await using store = await openStore();
    await installAll(store.paths, ["1.0.0", "1.1.0"]);
    await rm(recordPath(store.paths, versionOf("1.1.0").directory));
    await rm(join(store.paths.versions, versionOf("1.0.0").directory, "bin", "app"));
    await collectVersions(store.paths, {
      activation: activationOf("1.1.0", { previous: versionOf("1.0.0") }),
      keep: 1,
      platform: process.platform,
    });
    expect((await readdir(store.paths.versions)).sort()).toEqual(
      [
        ...["", ".files", ".json"].map((suffix) => versionOf("1.0.0").directory + suffix),
        ...["", ".files"].map((suffix) => versionOf("1.1.0").directory + suffix),
      ].sort(),
    );
  });

  test("leaves others their claims on the lock and ready files, and sweeps what is more than a day off", async () => {
    await using store = await openStore();
    await installAll(store.paths, ["1.0.0"]);
    const now = Date.UTC(2026, 0, 10);
    for (const [name, hours] of Object.entries({
      lock: 100,
      "lock.waiting": 23,
      "lock.left": 25,
      "lock.break-x": 25,
      "lock.ahead": -25,
      "ready-running": 23,
      "ready-left": 25,
    })) {
      const path = join(store.paths.root, name);
      await writeFile(path, "{}");
      const touched = now / 1000 - hours * 3600;
      await utimes(path, touched, touched);
    }
    await collectVersions(store.paths, {
      activation: activationOf("1.0.0"),
      keep: 1,
      platform: process.platform,
      now: () => now,
    });
    expect((await readdir(store.paths.root)).sort()).toEqual(["lock", "lock.waiting", "ready-running", "versions"]);
  });

  test("sweeps downloads that nobody continues", async () => {
    await using store = await openStore();
    await installAll(store.paths, ["1.0.0"]);
    const path = openBlobs(store.paths).path({ digest: digestOf(Buffer.from("x")) });
    await mkdir(join(store.paths.blobs, "sha256"), { recursive: true });
    await writeFile(`${path}.partial`, "");
    await collectVersions(store.paths, { activation: activationOf("1.0.0"), keep: 1, platform: process.platform });
    expect(existsSync(`${path}.partial`)).toBe(true);
    await utimes(`${path}.partial`, 0, 0);
    await collectVersions(store.paths, { activation: activationOf("1.0.0"), keep: 1, platform: process.platform });
    expect(existsSync(`${path}.partial`)).toBe(false);
  });
});

describe("a glance", () => {
  test.each<[string, (paths: StorePaths) => Promise<unknown>]>([
    ["work that was given up", async (paths) => await stageVersion(paths)],
    ["another version", async (paths) => await install(paths, versionOf("0.9.0"))],
    ["a download", async (paths) => await writeContent(join(paths.blobs, "sha256", "0a.partial"))],
    ["a file that was being written", async (paths) => await writeContent(join(paths.root, "state.json.12345678.tmp"))],
  ])("sees %s", async (_, leave) => {
    await using store = await openStore();
    await installAll(store.paths, ["1.0.0", "1.1.0"]);
    const activation = activationOf("1.1.0", { previous: versionOf("1.0.0") });
    expect(isTidy(store.paths, activation)).toBe(true);
    // A program that is on its first run.
    await writeContent(join(store.paths.root, "ready-1"));
    expect(isTidy(store.paths, activation)).toBe(true);
    await leave(store.paths);
    expect(isTidy(store.paths, activation)).toBe(false);
  });
});

async function writeContent(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "x");
}
