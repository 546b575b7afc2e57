import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parse } from "plist";
import { describe, expect, test } from "vitest";
import { type AppBundleOptions, writeAppBundle } from "../../../../src/packaging/mac/appBundle.ts";
import { noise } from "../../../support/bytes.ts";
import { checkMachO } from "../../../support/machoCheck.ts";
import { sampleMachO } from "../../../support/sampleMachO.ts";
import { temporaryDirectory } from "../../../support/temporary.ts";

const RELEASE = noise(200_000, "release");
const ICON = Buffer.from("icns\0\0\0\u0008");

async function prepare(options: Partial<AppBundleOptions> = {}) {
  const directory = await temporaryDirectory();
  const [launcher, release] = [join(directory.path, "launcher"), join(directory.path, "release")];
  await writeFile(launcher, sampleMachO());
  await writeFile(release, RELEASE);
  return {
    out: join(directory.path, "out"),
    launcher,
    options: {
      id: "com.example.app",
      name: "Example App",
      version: "1.0.0",
      executable: "example",
      fileTypes: [],
      urlSchemes: [],
      launcher,
      icon: ICON,
      resources: [{ name: "release.tar", path: release }],
      ...options,
    } satisfies AppBundleOptions,
    [Symbol.asyncDispose]: directory[Symbol.asyncDispose],
  };
}

const hash = (name: string, bytes: Uint8Array): Buffer => createHash(name).update(bytes).digest();

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort();
}

describe("an app bundle", () => {
  test("holds program, icon and what comes along where a Mac looks for them", async () => {
    await using prepared = await prepare();
    const app = await writeAppBundle(prepared.out, prepared.options);
    expect(app).toBe(join(prepared.out, "Example App.app"));
    const contents = join(app, "Contents");
    expect(await filesBelow(contents)).toEqual([
      "Info.plist",
      "MacOS/example",
      "PkgInfo",
      "Resources/icon.icns",
      "Resources/release.tar",
      "_CodeSignature/CodeResources",
    ]);
    expect(await readFile(join(contents, "PkgInfo"), "latin1")).toBe("APPL????");
    expect((await readFile(join(contents, "Resources", "icon.icns"))).equals(ICON)).toBe(true);
    expect((await readFile(join(contents, "Resources", "release.tar"))).equals(RELEASE)).toBe(true);
    expect((await stat(join(contents, "MacOS", "example"))).mode & 0o111).toBe(0o111);
    expect(parse(await readFile(join(contents, "Info.plist"), "utf8"))).toMatchObject({
      CFBundleExecutable: "example",
      CFBundleIconFile: "icon.icns",
    });
  });

  test("is signed so that no file in it can change unseen", async () => {
    await using prepared = await prepare();
    const contents = join(await writeAppBundle(prepared.out, prepared.options), "Contents");
    const [info, seal] = [
      await readFile(join(contents, "Info.plist")),
      await readFile(join(contents, "_CodeSignature", "CodeResources")),
    ];
    const { problems, directory } = checkMachO(await readFile(join(contents, "MacOS", "example")));
    expect(problems).toEqual([]);
    expect(directory).toMatchObject({ identifier: "com.example.app", flags: 2 });
    expect(directory!.slots.get(1)).toBe(hash("sha256", info).toString("hex"));
    expect(directory!.slots.get(3)).toBe(hash("sha256", seal).toString("hex"));
    const { files2 } = parse(seal.toString()) as { files2: Record<string, { hash: Uint8Array; hash2: Uint8Array }> };
    const unsealed = new Set(["Info.plist", "PkgInfo", "MacOS/example", "_CodeSignature/CodeResources"]);
    expect(Object.keys(files2)).toEqual((await filesBelow(contents)).filter((path) => !unsealed.has(path)));
    for (const [path, hashes] of Object.entries(files2)) {
      const bytes = await readFile(join(contents, path));
      expect(Buffer.from(hashes.hash)).toEqual(hash("sha1", bytes));
      expect(Buffer.from(hashes.hash2)).toEqual(hash("sha256", bytes));
    }
  });

  test("needs neither icon nor anything that comes along", async () => {
    await using prepared = await prepare({ icon: undefined, resources: [] });
    const contents = join(await writeAppBundle(prepared.out, prepared.options), "Contents");
    expect(checkMachO(await readFile(join(contents, "MacOS", "example"))).problems).toEqual([]);
    expect(await readFile(join(contents, "Info.plist"), "utf8")).not.toContain("CFBundleIconFile");
  });

  test.each([
    ["Übung 日本 🚢", "Übung 日本 🚢.app"],
    ["Client/Server: Pro", "Client-Server- Pro.app"],
    ["a\\b*c?d", "a-b-c-d.app"],
    ["../../x", "-..-x.app"],
    ["..", "program.app"],
    ["🚢".repeat(100), `${"🚢".repeat(60)}.app`],
  ])("named %j is the file %j", async (name, expected) => {
    await using prepared = await prepare({ name });
    expect(await writeAppBundle(prepared.out, prepared.options)).toBe(join(prepared.out, expected));
    expect(await readdir(prepared.out)).toEqual([expected]);
  });

  test("is not written into one that is there", async () => {
    await using prepared = await prepare();
    const there = join(prepared.out, "Example App.app");
    await mkdir(there, { recursive: true });
    await writeFile(join(there, "theirs"), "");
    await expect(writeAppBundle(prepared.out, prepared.options)).rejects.toMatchObject({ code: "cannot-create" });
    expect(await readdir(there)).toEqual(["theirs"]);
  });

  test("leaves nothing behind when the launcher cannot be signed", async () => {
    await using prepared = await prepare();
    await writeFile(prepared.launcher, "no program");
    await expect(writeAppBundle(prepared.out, prepared.options)).rejects.toMatchObject({ code: "bad-data" });
    expect(await readdir(prepared.out)).toEqual([]);
  });
});
