import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rawEntry } from "../archive/tars.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { archiveLayer, fileLayer, readTree, tarOf, type TarEntry, unpackInto, unpackLayers } from "./layers.ts";

const APP: TarEntry = { name: "app", content: "program", mode: 0o755 };

async function unpackTar(entries: readonly TarEntry[], platform: NodeJS.Platform = "linux") {
  return await unpackLayers([archiveLayer(await tarOf(entries))], { platform, entrypoint: "app" });
}

describe("an archive that attacks", () => {
  const file = (name: string): TarEntry => ({ name, content: "evil" });
  const link = (name: string, linkname: string): TarEntry => ({ name, type: "symlink", linkname });
  const hard = (name: string, linkname: string): TarEntry => ({ name, type: "link", linkname });

  test.each<[string, TarEntry[], string]>([
    ["a path that climbs", [file("../evil")], "../evil"],
    ["a path that climbs from below", [file("a/../../evil")], "a/../../evil"],
    ["an absolute path", [file("/tmp/evil")], "/tmp/evil"],
    ["a backslash path", [file("..\\evil")], "evil"],
    ["a drive letter", [file("C:evil")], "C:evil"],
    ["a folder that climbs", [{ name: "../evil/", type: "directory" }], "../evil"],
    ["a file in place of the root", [file("./.")], "names the release's folder itself"],
    ["a link to the outside", [link("a", "../outside")], "../outside"],
    ["an absolute link", [link("a", "/etc")], "/etc"],
    [
      "a link that climbs by way of another link",
      [link("d/e/up", "../.."), link("out", "d/e/up/../x")],
      "goes up again",
    ],
    [
      "a file through a link",
      [{ name: "d/", type: "directory" }, link("l", "d"), file("l/evil")],
      "leads through the link",
    ],
    [
      "a folder through a link",
      [{ name: "d/", type: "directory" }, link("l", "d"), { name: "l/e/", type: "directory" }],
      "leads through the link",
    ],
    [
      "a link through a link",
      [{ name: "d/", type: "directory" }, link("l", "d"), link("l/m", "x")],
      "leads through the link",
    ],
    ["a file over a link", [link("l", "app"), file("l")], "there is a symlink of this name already"],
    ["a folder over a link", [link("l", "app"), { name: "l/", type: "directory" }], "leads through the link"],
    ["a file twice", [file("a"), file("a")], "there is a file of this name already"],
    ["a file over a folder", [file("d/x"), file("d")], "there is a directory of this name already"],
    ["a file below a file", [file("a"), file("a/b")], "there is a file of this name already"],
    ["a hard link to the outside", [hard("h", "../outside")], "../outside"],
    ["a hard link to what is not there yet", [hard("h", "later"), file("later")], "no file of the release"],
    ["a hard link to a link", [link("l", "app"), hard("h", "l")], "no file of the release"],
    ["a hard link through a link", [file("d/x"), link("l", "d"), hard("h", "l/x")], "no file of the release"],
    ["a hard link to a folder", [file("d/x"), hard("h", "d")], "no file of the release"],
    ["a hard link to itself", [hard("h", "h")], "no file of the release"],
    ["a device", [{ name: "dev", type: "character-device" }], "it is a character-device"],
    ["a block device", [{ name: "dev", type: "block-device" }], "it is a block-device"],
    ["a pipe", [{ name: "pipe", type: "fifo" }], "it is a fifo"],
  ])("is refused for %s", async (_title, entries, named) => {
    await using outside = await temporaryDirectory();
    const directory = join(outside.path, "release");
    await mkdir(directory);
    await writeFile(join(outside.path, "outside"), "untouched");
    const tar = await tarOf([APP, ...entries]);
    await expect(unpackInto(directory, [archiveLayer(tar)])).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining(named),
    });
    expect(await readdir(outside.path)).toEqual(["outside", "release"]);
    expect(await readTree(outside.path)).toMatchObject({ outside: "644 untouched" });
  });

  test.each(["../evil", "/evil", "a/../../evil", "..\\evil", "C:\\evil", ".", ""])(
    "is refused when it is a file with the title %j",
    async (title) => {
      await expect(unpackLayers([fileLayer(title, "evil")])).rejects.toMatchObject({
        code: "bad-data",
        message: expect.stringContaining("unsafe path in the release"),
      });
    },
  );

  test("is refused for a name that it announces with megabytes", async () => {
    await expect(unpackTar([APP, file("x".repeat(5_000_000))])).rejects.toMatchObject({ code: "bad-data" });
  });

  test.each<[string, TarEntry[]]>([
    ["entries", [file("1"), file("2"), file("3"), file("4")]],
    ["folders on the way", [file("1/2/3/4")]],
    ["links", ["1", "2", "3", "4"].map((name) => link(name, "app"))],
    ["whiteouts", ["1", "2", "3", "4"].map((name) => file(`.wh.${name}`))],
  ])("is refused for too many %s", async (_title, entries) => {
    const layer = archiveLayer(await tarOf([APP, ...entries]), { whiteouts: true });
    await expect(unpackLayers([layer], { maxEntries: 4 })).rejects.toThrow("the release has more than 4 entries");
    await expect(unpackLayers([layer], { maxEntries: 5 })).resolves.toMatchObject({ executable: "app" });
  });
});

test.each([0x81, 0xee, 0xfe])(
  "an entry whose size begins with the byte %d is refused, and not waited for",
  async (byte) => {
    const size = Buffer.alloc(12, "0");
    size.writeUInt8(byte);
    const tar = Buffer.concat([rawEntry({ name: "app", content: "x", size }), Buffer.alloc(1024)]);
    await expect(unpackLayers([archiveLayer(tar)])).rejects.toThrow('"app": its size makes no sense');
  },
);

describe("names that are one on the person's system", () => {
  const twice: TarEntry[] = [APP, { name: "Readme", content: "1" }, { name: "README", content: "2" }];

  test.each(["win32", "darwin"] as const)("are refused on %s, with both names", async (platform) => {
    await expect(unpackTar(twice, platform)).rejects.toThrow(/"README".*takes "Readme" for the same name/);
    const folders: TarEntry[] = [APP, { name: "lib/a", content: "" }, { name: "Lib/b", content: "" }];
    await expect(unpackTar(folders, platform)).rejects.toThrow('takes "lib" for the same name');
  });

  test("are two files on Linux", async () => {
    expect((await unpackTar(twice)).tree).toMatchObject({ Readme: "644 1", README: "644 2" });
  });

  test.each(["CON", "lib/nul.txt", "file:stream", "dot.", "sp "])("such as %j are refused on Windows", async (name) => {
    await expect(unpackTar([APP, { name, content: "" }], "win32")).rejects.toMatchObject({ code: "bad-data" });
    await expect(unpackTar([APP, { name, content: "" }])).resolves.toMatchObject({ files: 2 });
  });
});
