import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeActivation } from "../../../src/store/activate.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { readUsableActivation } from "../../../src/store/usable.ts";
import { removeVersion } from "../../../src/store/versions.ts";
import { activationOf, install, openStore, versionOf } from "./sample.ts";

const written = activationOf("1.1.0", { previous: versionOf("1.0.0"), confirmed: false });

async function installBoth(paths: StorePaths): Promise<void> {
  await install(paths, versionOf("1.0.0"));
  await install(paths, versionOf("1.1.0"));
  await writeActivation(paths, written);
}

test("an activation whose version is there is used as it is", async () => {
  await using store = await openStore();
  expect(readUsableActivation(store.paths)).toBeUndefined();
  await installBoth(store.paths);
  expect(readUsableActivation(store.paths)).toEqual(written);
});

test("the previous version stands in for a current one that was deleted", async () => {
  await using store = await openStore();
  await installBoth(store.paths);
  await rm(join(store.paths.versions, versionOf("1.1.0").directory, "bin"), { recursive: true });
  expect(readUsableActivation(store.paths)).toEqual(activationOf("1.0.0", { confirmed: true }));
});

test("any installed version stands in for a damaged activation, on probation", async () => {
  await using store = await openStore();
  await installBoth(store.paths);
  await removeVersion(store.paths, versionOf("1.1.0"));
  await writeFile(store.paths.activation, "\0\0\0\0");
  expect(readUsableActivation(store.paths)).toMatchObject({ current: versionOf("1.0.0"), confirmed: false });
  await removeVersion(store.paths, versionOf("1.0.0"));
  expect(readUsableActivation(store.paths)).toBeUndefined();
});
