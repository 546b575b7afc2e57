import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { storePaths } from "../../../src/store/paths.ts";
import { readSettled, type Settled, writeSettled } from "../../../src/store/settled.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

async function open() {
  const directory = await temporaryDirectory();
  const paths = storePaths(directory.path);
  const home = join(paths.launcher, "app");
  mkdirSync(paths.launcher, { recursive: true });
  writeFileSync(home, "launcher");
  const settled: Settled = { schema: 1, launcherVersion: "1.0.0", home, made: { id: "com.example.app" } };
  return { directory, paths, home, settled };
}

test("what was settled is read again", async () => {
  const { directory, paths, settled } = await open();
  await using _ = directory;
  expect(readSettled(paths)).toBeUndefined();
  await writeSettled(paths, settled);
  expect(readSettled(paths)).toEqual(settled);
});

test("a launcher that is gone from its place has not settled", async () => {
  const { directory, paths, home, settled } = await open();
  await using _ = directory;
  await writeSettled(paths, settled);
  rmSync(home);
  expect(readSettled(paths)).toBeUndefined();
});

test.each(["{", "null", "{}", '{"schema":2}', '{"schema":1,"launcherVersion":1,"home":"/","made":{}}'])(
  "a record such as %s is none",
  async (text) => {
    const { directory, paths } = await open();
    await using _ = directory;
    writeFileSync(join(paths.launcher, "settled.json"), text);
    expect(readSettled(paths)).toBeUndefined();
  },
);
