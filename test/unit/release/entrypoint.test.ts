import { describe, expect, test } from "vitest";
import { archiveLayer, fileLayer, tarOf, type TarEntry, unpackLayers } from "./layers.ts";

const ELF = "\u007fELF...";
const PE = "MZ......";

describe("which file is started", () => {
  const program = (name: string, content = "x"): TarEntry => ({ name, content, mode: 0o755 });
  const file = (name: string, content = "x"): TarEntry => ({ name, content });

  test.each<[string, TarEntry[], string | undefined, NodeJS.Platform, string]>([
    ["the one named", [program("a"), program("bin/b")], "bin/b", "linux", "bin/b"],
    ["the one named with a dot", [program("a"), program("bin/b")], "./bin//b", "linux", "bin/b"],
    ["the one named without .exe", [file("app.exe"), file("other.exe")], "app", "win32", "app.exe"],
    ["the one named in other letters, on Windows", [file("App.exe"), file("b.exe")], "app.exe", "win32", "app.exe"],
    [
      "the one that a link leads to",
      [program("lib/v1/app"), file("b"), { name: "app", type: "symlink", linkname: "lib/v1/app" }],
      "app",
      "linux",
      "app",
    ],
    ["the only file", [file("sub/app")], undefined, "linux", "sub/app"],
    [
      "the only executable one at the top",
      [program("app"), file("readme"), program("bin/tool")],
      undefined,
      "linux",
      "app",
    ],
    [
      "the only one at the top that is a program by its bytes",
      [file("app", ELF), file("readme")],
      undefined,
      "linux",
      "app",
    ],
    [
      "the program beside its libraries",
      [program("app", ELF), program("lib.so", ELF), program("lib.so.1.2", ELF)],
      undefined,
      "linux",
      "app",
    ],
    [
      "the program beside its libraries, on Windows",
      [file("app.exe", PE), file("a.dll", PE)],
      undefined,
      "win32",
      "app.exe",
    ],
    [
      "the only .exe on Windows",
      [file("app.exe", PE), program("install.sh", "#!/bin/sh")],
      undefined,
      "win32",
      "app.exe",
    ],
  ])("is %s", async (_title, entries, entrypoint, platform, expected) => {
    const unpacked = await unpackLayers([archiveLayer(await tarOf(entries))], {
      platform,
      ...(entrypoint === undefined ? {} : { entrypoint }),
    });
    expect(unpacked.executable).toBe(expected);
  });

  test("gets its executable bit, which a bare push loses", async () => {
    const layers = [fileLayer("app", ELF), fileLayer("readme", "words")];
    expect((await unpackLayers(layers)).tree).toEqual({ app: `755 ${ELF}`, readme: "644 words" });
    expect((await unpackLayers(layers, { entrypoint: "readme" })).tree).toMatchObject({ readme: "755 words" });
  });

  test("gets the bit behind a link", async () => {
    const tar = await tarOf([file("lib/app"), file("b"), { name: "app", type: "symlink", linkname: "lib/app" }]);
    const { tree } = await unpackLayers([archiveLayer(tar)], { entrypoint: "app" });
    expect(tree).toMatchObject({ "lib/app": "755 x", b: "644 x" });
  });

  test.each<[string, TarEntry[], string | undefined, string]>([
    [
      "several could be meant",
      [program("a"), program("b")],
      undefined,
      "does not say which of its files to start; its files are: a, b",
    ],
    [
      "none could be",
      [file("a"), file("b")],
      undefined,
      "does not say which of its files to start; its files are: a, b",
    ],
    ["the one named is not there", [program("a")], "app", 'has no file "app" to start; its files are: a'],
    ["a folder is named", [program("bin/a"), file("b")], "bin", 'has no file "bin" to start'],
    [
      "a link to nowhere is named",
      [program("a"), { name: "app", type: "symlink", linkname: "gone" }],
      "app",
      'has no file "app" to start',
    ],
    [
      "links go round",
      [program("a"), { name: "app", type: "symlink", linkname: "b" }, { name: "b", type: "symlink", linkname: "app" }],
      "app",
      'has no file "app" to start',
    ],
    ["one outside is named", [program("a")], "../a", 'it holds ".."'],
    ["an absolute one is named", [program("a")], "/bin/sh", "it is absolute"],
    ["nothing is there", [{ name: "d/", type: "directory" }], undefined, "does not say which"],
  ])("is an error when %s", async (_title, entries, entrypoint, message) => {
    const unpacking = unpackLayers(
      [archiveLayer(await tarOf(entries))],
      entrypoint === undefined ? {} : { entrypoint },
    );
    await expect(unpacking).rejects.toMatchObject({ code: "bad-data", message: expect.stringContaining(message) });
  });

  test("is an error that names eight files at most, and says what to set", async () => {
    const files = Array.from({ length: 20 }, (_, number) => file(`file${number}`));
    await expect(unpackLayers([archiveLayer(await tarOf(files))])).rejects.toMatchObject({
      message: expect.stringMatching(/file7, \.\.\.$/),
      hint: expect.stringContaining('"entrypoint" in installer.json'),
    });
  });
});
