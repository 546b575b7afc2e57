import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isWhole, readInstalled, recordPath, removeVersion } from "../../../src/store/versions.ts";
import { stageVersion } from "../../../src/store/staging.ts";
import { watchDisk } from "./disk.ts";
import { install, openStore, versionOf } from "./sample.ts";

const version = versionOf("1.0.0");

test("what is installed is read past everything that is no version", async () => {
  await using store = await openStore();
  await install(store.paths, version);
  await install(store.paths, versionOf("2.0.0"));
  await stageVersion(store.paths);
  await writeFile(join(store.paths.versions, "notes.txt"), "");
  await writeFile(
    join(store.paths.versions, "evil.json"),
    JSON.stringify({ ...version, directory: "..", executable: "x" }),
  );
  expect(
    readInstalled(store.paths)
      .map(({ version }) => version)
      .sort(),
  ).toEqual(["1.0.0", "2.0.0"]);
});

test("a version whose program is a folder is not whole", async () => {
  await using store = await openStore();
  await install(store.paths, version);
  expect(isWhole(store.paths, version)).toBe(true);
  expect(isWhole(store.paths, { ...version, executable: "bin" })).toBe(false);
});

describe("removing a version", () => {
  test("takes its name away first, and then all of it", async () => {
    await using store = await openStore();
    await install(store.paths, version);
    const first: string[] = [];
    {
      using _disk = await watchDisk(async ({ name, path }) => void first.push(`${name} ${path}`));
      await removeVersion(store.paths, version);
    }
    expect(first[0]).toBe(`rename ${join(store.paths.versions, version.directory)}`);
    expect(await readdir(store.paths.versions)).toEqual([]);
    await removeVersion(store.paths, version);
  });

  test("that is in use on Windows leaves it whole", async () => {
    await using store = await openStore();
    await install(store.paths, version);
    {
      using _disk = await watchDisk(async ({ name }) => {
        if (name === "rename") throw Object.assign(new Error("EBUSY"), { code: "EBUSY" });
      });
      await expect(removeVersion(store.paths, version)).rejects.toMatchObject({
        code: "io",
        message: expect.stringContaining(`${version.directory} is in use`),
      });
    }
    expect(readInstalled(store.paths)).toEqual([version]);
    expect(existsSync(recordPath(store.paths, version.directory))).toBe(true);
  });
});
