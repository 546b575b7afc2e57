import { mkdir, rm, stat, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findDamage, type SeenContent, sealTree } from "../../../src/store/seal.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { watchDisk } from "./disk.ts";

async function makeTree(directory: string): Promise<void> {
  await mkdir(join(directory, "bin", "empty"), { recursive: true });
  await writeFile(join(directory, "bin", "app"), "program");
  await writeFile(join(directory, "LICENSE"), "");
  await symlink("app", join(directory, "bin", "link"));
}

test("a tree is noted by its files, with digests that other tools know", async () => {
  await using directory = await temporaryDirectory();
  await makeTree(directory.path);
  const files = await sealTree(directory.path);
  expect(files.sort((a, b) => a.path.localeCompare(b.path))).toEqual([
    { path: "bin/app", size: 7, sha256: "1310ca2c8932dbd118668bd97442558a3e1f546b5e15c69699dfbd6024f548d8" },
    { path: "LICENSE", size: 0, sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
  ]);
  expect(await findDamage(directory.path, files)).toEqual([]);
});

test.each<[string, (program: string) => Promise<void>, string]>([
  ["gone", async (program) => await rm(program), "it is gone"],
  ["gone with its folder", async (program) => await rm(join(program, ".."), { recursive: true }), "it is gone"],
  ["longer", async (program) => await truncate(program, 9), "it has 9 bytes instead of 7"],
  ["another of the same length", async (program) => await writeFile(program, "Program"), "its content is another"],
  [
    "a folder",
    async (program) => {
      await rm(program);
      await mkdir(program);
    },
    "it is no file",
  ],
])("a file that is %s is damage for certain", async (_, spoil, problem) => {
  await using directory = await temporaryDirectory();
  await makeTree(directory.path);
  const files = await sealTree(directory.path);
  await spoil(join(directory.path, "bin", "app"));
  expect(await findDamage(directory.path, files)).toEqual([{ path: "bin/app", problem, certain: true }]);
});

test("a file that cannot be read just now is no damage for certain", async () => {
  await using directory = await temporaryDirectory();
  await makeTree(directory.path);
  const files = await sealTree(directory.path);
  await rm(join(directory.path, "bin", "app"));
  await symlink("app", join(directory.path, "bin", "app"));
  expect(await findDamage(directory.path, files)).toMatchObject([{ certain: false }]);
});

test("a file is taken for what was written, unless it was changed since then", async () => {
  await using directory = await temporaryDirectory();
  await makeTree(directory.path);
  const [app, license] = [join(directory.path, "bin", "app"), join(directory.path, "LICENSE")];
  await utimes(app, 1000, 1000);
  // Not its digest: it shows that nobody read the file.
  const written = { size: 7, modifiedMs: 1_000_000, sha256: "a".repeat(64) };
  const seen = new Map<string, SeenContent>([
    ["bin/app", written],
    ["LICENSE", { size: 0, modifiedMs: (await stat(license)).mtimeMs, sha256: undefined }],
  ]);
  const digests = async (): Promise<unknown> =>
    Object.fromEntries((await sealTree(directory.path, { seen })).map(({ path, sha256 }) => [path, sha256]));
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  expect(await digests()).toEqual({ "bin/app": written.sha256, LICENSE: empty });

  await utimes(app, 1, 1);
  const read = { "bin/app": "1310ca2c8932dbd118668bd97442558a3e1f546b5e15c69699dfbd6024f548d8", LICENSE: empty };
  expect(await digests()).toEqual(read);
  await truncate(app, 9);
  await utimes(app, 1000, 1000);
  expect(await digests()).not.toMatchObject({ "bin/app": written.sha256 });
});

test("sealing can be given up", async () => {
  await using directory = await temporaryDirectory();
  await makeTree(directory.path);
  await expect(sealTree(directory.path, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
});

test("sealing can be given up in the middle of a file, which may be a large one", async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, "app"), "program");
  const abort = new AbortController();
  using _disk = await watchDisk(async ({ path }) => {
    if (path === join(directory.path, "app")) abort.abort(new Error("enough"));
  });
  await expect(sealTree(directory.path, { signal: abort.signal })).rejects.toThrow("enough");
});
