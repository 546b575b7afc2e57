import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasLeftovers } from "../../../src/launcher/wishes.ts";
import { openStore } from "../store/sample.ts";

test.each([
  ["what was moved aside", ".App.exe.0123abcd.old", true],
  ["what was never finished", ".App.exe.0123abcd.new", true],
  ["what is being made", ".staged-1", true],
  ["a file of a killed writer", "settled.json.0123abcd.tmp", true],
  ["the launcher's own downloads", "blobs", false],
])("beside a launcher at its place, %s", async (_, name, expected) => {
  await using store = await openStore();
  const { launcher } = store.paths;
  expect(hasLeftovers(store)).toBe(false);
  await mkdir(launcher, { recursive: true });
  for (const own of ["App.exe", "settled.json", "lock"]) await writeFile(join(launcher, own), "");
  expect(hasLeftovers(store)).toBe(false);
  await writeFile(join(launcher, name), "");
  expect(hasLeftovers(store)).toBe(expected);
});
