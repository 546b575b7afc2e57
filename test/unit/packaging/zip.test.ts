import { spawnSync } from "node:child_process";
import { chmod, lstat, mkdir, readdir, readFile, readlink, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { zipFolder } from "../../../src/packaging/zip.ts";
import { noise } from "../../support/bytes.ts";
import { hasProgram } from "../../support/peer.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const PROGRAM = noise(300_000, "program");

/** A folder named Übung.app, and the place of a zip beside it. */
async function prepare() {
  const directory = await temporaryDirectory();
  const folder = join(directory.path, "Übung.app");
  await mkdir(join(folder, "b", "empty"), { recursive: true });
  await writeFile(join(folder, "b", "program"), PROGRAM, { mode: 0o755 });
  await writeFile(join(folder, "b", "nothing"), "");
  await writeFile(join(folder, "a"), "text", { mode: 0o644 });
  await symlink("b/program", join(folder, "link"));
  const zip = join(directory.path, "app.zip");
  return { path: directory.path, folder, zip, [Symbol.asyncDispose]: directory[Symbol.asyncDispose] };
}

interface PythonEntry {
  readonly name: string;
  readonly mode: string;
  readonly time: readonly number[];
  readonly extra: number;
}

function listWithPython(zip: string): PythonEntry[] {
  const program = `
import json, sys, zipfile
file = zipfile.ZipFile(sys.argv[1])
assert file.testzip() is None
print(json.dumps([{"name": i.filename, "mode": oct(i.external_attr >> 16), "time": i.date_time, "extra": len(i.extra)} for i in file.infolist()]))
`;
  const { status, stdout, stderr } = spawnSync("python3", ["-c", program, zip], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as PythonEntry[];
}

describe.skipIf(!hasProgram("python3"))("a zip, as Python reads it,", () => {
  test("has the folder on top, then what is in it by name, with modes and links", async () => {
    await using prepared = await prepare();
    await zipFolder(prepared.folder, prepared.zip);
    const listed = listWithPython(prepared.zip);
    expect(listed.map(({ name, mode }) => [name, mode])).toEqual([
      ["Übung.app/", "0o40755"],
      ["Übung.app/a", "0o100644"],
      ["Übung.app/b/", "0o40755"],
      ["Übung.app/b/empty/", "0o40755"],
      ["Übung.app/b/nothing", "0o100644"],
      ["Übung.app/b/program", "0o100755"],
      ["Übung.app/link", "0o120777"],
    ]);
    for (const { time, extra } of listed) expect({ time, extra }).toEqual({ time: [1980, 1, 1, 0, 0, 0], extra: 0 });
  });

  test("knows a program by its first bytes where the disk does not", async () => {
    await using prepared = await prepare();
    await writeFile(join(prepared.folder, "macho"), Buffer.from("cffaedfe0c000001", "hex"), { mode: 0o644 });
    await writeFile(join(prepared.folder, "script"), "#!/bin/sh\n", { mode: 0o666 });
    await zipFolder(prepared.folder, prepared.zip);
    const modes = new Map(listWithPython(prepared.zip).map(({ name, mode }) => [name, mode]));
    expect(modes.get("Übung.app/macho")).toBe("0o100755");
    expect(modes.get("Übung.app/script")).toBe("0o100755");
  });
});

test.skipIf(!hasProgram("unzip"))("a zip is unpacked by others to what was put in", async () => {
  await using prepared = await prepare();
  await zipFolder(prepared.folder, prepared.zip);
  const target = join(prepared.path, "target");
  expect(spawnSync("unzip", ["-q", prepared.zip, "-d", target], { env: { LC_ALL: "C.UTF-8" } }).status).toBe(0);
  const folder = join(target, "Übung.app");
  expect((await readFile(join(folder, "b", "program"))).equals(PROGRAM)).toBe(true);
  expect((await lstat(join(folder, "b", "program"))).mode & 0o777).toBe(0o755);
  expect(await readFile(join(folder, "a"), "utf8")).toBe("text");
  expect(await readFile(join(folder, "b", "nothing"), "utf8")).toBe("");
  expect(await readlink(join(folder, "link"))).toBe("b/program");
  expect(await readdir(join(folder, "b", "empty"))).toEqual([]);
});

describe("a zip", () => {
  test("of the same content is the same, whenever and under whatever umask it was written", async () => {
    await using one = await prepare();
    await using two = await prepare();
    await utimes(join(two.folder, "a"), 1_000_000_000, 1_000_000_000);
    await chmod(join(two.folder, "a"), 0o600);
    await chmod(join(two.folder, "b"), 0o700);
    await zipFolder(one.folder, one.zip);
    await zipFolder(two.folder, two.zip);
    expect((await readFile(two.zip)).equals(await readFile(one.zip))).toBe(true);
  });

  test("replaces an old one only when it is finished", async () => {
    await using prepared = await prepare();
    await writeFile(prepared.zip, "old");
    await expect(zipFolder(join(prepared.path, "missing"), prepared.zip)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await readFile(prepared.zip, "utf8")).toBe("old");
    await zipFolder(prepared.folder, prepared.zip);
    expect(await readFile(prepared.zip, "latin1")).toMatch(/^PK/);
    expect((await readdir(prepared.path)).sort()).toEqual(["app.zip", "Übung.app"].sort());
  });

  test("that cannot be written is refused with its place", async () => {
    await using prepared = await prepare();
    const zip = join(prepared.folder, "a", "app.zip");
    await expect(zipFolder(prepared.folder, zip)).rejects.toMatchObject({
      code: "cannot-create",
      message: expect.stringContaining(zip),
    });
  });
});
