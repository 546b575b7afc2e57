import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { StorePaths } from "../../../src/store/paths.ts";
import { readInstalled, recordPath } from "../../../src/store/versions.ts";
import { stageVersion } from "../../../src/store/staging.ts";
import { watchDisk } from "./disk.ts";
import { install, openStore, programOf, versionOf } from "./sample.ts";

const version = versionOf("1.0.0");

function programPath(paths: StorePaths, { directory, executable } = version): string {
  return join(paths.versions, directory, executable);
}

describe("staging", () => {
  test("a version that is committed is installed, with its record beside it and nothing else", async () => {
    await using store = await openStore();
    expect(readInstalled(store.paths)).toEqual([]);
    await install(store.paths, version);
    expect(readInstalled(store.paths)).toEqual([version]);
    expect((await readdir(store.paths.versions)).sort()).toEqual(
      ["", ".files", ".json"].map((suffix) => version.directory + suffix),
    );
    expect((await readdir(join(store.paths.versions, version.directory))).sort()).toEqual(["LICENSE", "bin"]);
    expect(JSON.parse(await readFile(recordPath(store.paths, version.directory), "utf8"))).toEqual(version);
  });

  test("a version that is not committed is gone with its staging", async () => {
    await using store = await openStore();
    {
      await using staging = await stageVersion(store.paths);
      expect(await readdir(staging.directory)).toEqual([]);
      await writeFile(join(staging.directory, "app"), "half");
      expect(readInstalled(store.paths)).toEqual([]);
    }
    expect(await readdir(store.paths.versions)).toEqual([]);
  });

  test("every file and folder is on the disk before the version gets its name", async () => {
    await using store = await openStore();
    await using staging = await stageVersion(store.paths);
    await mkdir(join(staging.directory, "bin"));
    await writeFile(join(staging.directory, "bin", "app"), "program");
    await writeFile(join(staging.directory, "README"), "text");
    const synced = new Set<string>();
    const unsynced: string[] = [];
    {
      using _disk = await watchDisk(async ({ name, path, to }) => {
        if (name === "handle.sync") synced.add(path);
        if (to !== join(store.paths.versions, version.directory)) return;
        const content = ["", "bin", "bin/app", "README"].map((inner) => join(staging.directory, inner));
        unsynced.push(...content.filter((entry) => !synced.has(entry)), `renamed ${path}`);
      });
      await staging.commit(version);
    }
    expect(unsynced).toEqual([`renamed ${staging.directory}`]);
    expect(synced.has(store.paths.versions)).toBe(true);
  });

  test("that finds the version whole already leaves it alone: it may be running", async () => {
    await using store = await openStore();
    await install(store.paths, version);
    const before = await stat(programPath(store.paths));
    await install(store.paths, version);
    expect((await stat(programPath(store.paths))).ino).toBe(before.ino);
    expect(await readdir(store.paths.versions)).toHaveLength(3);
  });

  const damage: Record<string, (paths: StorePaths) => Promise<void>> = {
    "without its program": async (paths) => await rm(programPath(paths)),
    "with an empty program": async (paths) => await writeFile(programPath(paths), ""),
    "without its record": async (paths) => await rm(recordPath(paths, version.directory)),
    "with a damaged record": async (paths) => await writeFile(recordPath(paths, version.directory), "{"),
    "with another version's record": async (paths) =>
      await writeFile(recordPath(paths, version.directory), JSON.stringify(versionOf("2.0.0"))),
    "without its directory": async (paths) => await rm(join(paths.versions, version.directory), { recursive: true }),
  };
  test.each(Object.entries(damage))("replaces a version %s, which does not count as installed", async (_, spoil) => {
    await using store = await openStore();
    await install(store.paths, version);
    await spoil(store.paths);
    expect(readInstalled(store.paths)).toEqual([]);
    await install(store.paths, version);
    const installed = readInstalled(store.paths);
    expect(installed).toMatchObject([{ ...version, directory: expect.stringContaining(version.directory) }]);
    expect(await readFile(programPath(store.paths, installed[0]), "utf8")).toBe(programOf("1.0.0"));
    expect(await readdir(store.paths.versions)).toHaveLength(3);
  });

  test("onto a disk that refuses says so, and installs nothing", async () => {
    await using store = await openStore();
    await mkdir(store.paths.versions, { recursive: true });
    using disk = await watchDisk(async ({ name }) => {
      if (name === "handle.sync") throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
    });
    await expect(install(store.paths, version)).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining(version.directory),
    });
    disk[Symbol.dispose]();
    expect(readInstalled(store.paths)).toEqual([]);
    expect(await readdir(store.paths.versions)).toEqual([]);
  });
});
