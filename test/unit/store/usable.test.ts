import { rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeActivation } from "../../../src/store/activate.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { updateState } from "../../../src/store/state.ts";
import { readUsableActivation } from "../../../src/store/usable.ts";
import { recordPath, removeVersion } from "../../../src/store/versions.ts";
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

test.each([
  ["the one installed last", [], "1.0.0"],
  ["not one that failed here", ["1.0.0"], "1.1.0"],
  ["one that failed here where there is no other", ["1.0.0", "1.1.0"], "1.0.0"],
])("of several versions %s stands in for a damaged activation", async (_, failed, wanted) => {
  await using store = await openStore();
  await installBoth(store.paths);
  for (const [version, at] of [
    ["1.0.0", 2000],
    ["1.1.0", 1000],
  ] as const) {
    await utimes(recordPath(store.paths, versionOf(version).directory), at, at);
  }
  const quarantine = failed.map((version) => ({ ...versionOf(version), reason: "it crashed", since: "2026" }));
  await updateState(store.paths, (state) => ({ ...state, quarantine }));
  await writeFile(store.paths.activation, "\0\0\0\0");
  expect(readUsableActivation(store.paths)).toMatchObject({ current: versionOf(wanted), confirmed: false });
});
