import { describe, expect, test } from "vitest";
import { archiveLayer, tarOf, type TarEntry, type Tree, unpackLayers } from "./layers.ts";

const file = (name: string, content = ""): TarEntry => ({ name, content });
const folder = (name: string): TarEntry => ({ name, type: "directory" });

async function unpackImage(...layers: TarEntry[][]): Promise<Tree> {
  const built = await Promise.all(
    [[{ ...file("app"), mode: 0o755 }], ...layers].map(async (entries) =>
      archiveLayer(await tarOf(entries), { compression: "gzip", whiteouts: true }),
    ),
  );
  const { tree } = await unpackLayers(built, { entrypoint: "app" });
  delete tree["app"];
  return tree;
}

describe("layers of an image", () => {
  test.each<[string, TarEntry[][], Tree]>([
    ["a later file replaces an earlier one", [[file("a", "1")], [file("a", "2")]], { a: "644 2" }],
    ["a whiteout deletes a file", [[file("a"), file("b")], [file(".wh.a")]], { b: "644 " }],
    ["a whiteout deletes a folder", [[file("d/e/f"), file("d/g")], [file("d/.wh.e")]], { d: "folder", "d/g": "644 " }],
    ["a whiteout of what is not there does nothing", [[file("a")], [file("x/.wh.y")]], { a: "644 " }],
    [
      "an opaque whiteout empties a folder",
      [
        [file("d/a"), file("d/e/b")],
        [file("d/.wh..wh..opq"), file("d/c")],
      ],
      { d: "folder", "d/c": "644 " },
    ],
    [
      "an opaque whiteout spares its own layer, wherever it stands in it",
      [
        [file("d/a"), file("d/e/old")],
        [file("d/c"), file("d/e/new"), file("d/.wh..wh..opq")],
      ],
      { d: "folder", "d/c": "644 ", "d/e": "folder", "d/e/new": "644 " },
    ],
    [
      "a whiteout spares a folder that its own layer made anew",
      [[file("d/old")], [folder("d/"), file("d/new"), file(".wh.d")]],
      { d: "folder", "d/new": "644 " },
    ],
    [
      "an opaque whiteout at the top empties everything",
      [[file("a")], [file(".wh..wh..opq"), file("app"), file("b")]],
      { b: "644 " },
    ],
    ["a file takes a folder's place", [[file("d/a")], [file("d", "now a file")]], { d: "644 now a file" }],
    ["a folder takes a file's place", [[file("a")], [file("a/b")]], { a: "folder", "a/b": "644 " }],
    [
      "a folder takes a link's place",
      [
        [file("d/x"), { name: "l", type: "symlink", linkname: "d" }],
        [folder("l/"), file("l/y")],
      ],
      { d: "folder", "d/x": "644 ", l: "folder", "l/y": "644 " },
    ],
    [
      "a folder that comes again keeps its files",
      [[file("d/a")], [folder("d/"), file("d/b")]],
      { d: "folder", "d/a": "644 ", "d/b": "644 " },
    ],
    ["names of the file system's own are no files", [[file(".wh..wh.plnk")]], {}],
  ])("%s", async (_title, layers, expected) => {
    expect(await unpackImage(...layers)).toEqual(expected);
  });

  test.each([".wh.", ".wh..", ".wh...", "d/.wh..", "d/.wh..."])(
    "refuse the whiteout %j, which names nothing",
    async (name) => {
      await expect(unpackImage([file("d/a")], [file(name)])).rejects.toThrow("it is a whiteout of nothing");
    },
  );

  test("refuse a whiteout outside of the folder", async () => {
    await expect(unpackImage([file("../.wh.a")])).rejects.toThrow("unsafe path in the release");
  });

  test("do not delete through a link", async () => {
    const link: TarEntry = { name: "l", type: "symlink", linkname: "d" };
    const tree = await unpackImage([file("d/a"), link], [file("l/.wh.a"), file("l/.wh..wh..opq")]);
    expect(tree).toEqual({ d: "folder", "d/a": "644 ", l: "-> d" });
  });

  test("do not let a hard link outlive its source", async () => {
    await expect(unpackImage([file("a")], [{ name: "a/b", type: "link", linkname: "a" }])).rejects.toThrow(
      "no file of the release",
    );
  });
});

test("in an archive that is no image such names are ordinary ones", async () => {
  const tar = await tarOf([file("app"), file(".wh.app")]);
  expect((await unpackLayers([archiveLayer(tar)], { entrypoint: "app" })).tree).toEqual({
    app: "755 ",
    ".wh.app": "644 ",
  });
});
