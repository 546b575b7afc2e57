import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../support/temporary.ts";
import { archiveLayer, readTree, tarOf, type TarEntry, unpackInto, unpackLayers } from "./layers.ts";

const program: TarEntry = { name: "app", content: "x", mode: 0o755 };
const link = (name: string, linkname: string): TarEntry => ({ name, type: "symlink", linkname });

const unpackImage = async (entries: readonly TarEntry[]) =>
  await unpackLayers([archiveLayer(await tarOf([program, ...entries]), { whiteouts: true })], { entrypoint: "app" });

describe("a link of an image", () => {
  test.each([
    ["var/run", "/run", "../run"],
    ["etc/mtab", "/proc/mounts", "../proc/mounts"],
    ["a/b/c", "/a/b/d", "d"],
    ["a/b/c", "/a", ".."],
    ["here", "/", "."],
    ["bin", "usr/bin", "usr/bin"],
    ["a/up", "../../../etc/passwd", "../etc/passwd"],
    ["up", "..", "."],
    ["a/b/zigzag", "../x/../../y", "../../y"],
    ["a/fine", "../app", "../app"],
  ])("%s to %s lies inside as %s", async (name, target, expected) => {
    const { tree } = await unpackImage([link(name, target)]);
    expect(tree[name]).toBe(`-> ${expected}`);
  });

  test("is refused as before in what is no image", async () => {
    for (const target of ["/run", "../../etc/passwd", "x/../../y"])
      await expect(unpackLayers([archiveLayer(await tarOf([program, link("l", target)]))])).rejects.toThrow(
        "unsafe path",
      );
  });

  test("leads no later entry out of the folder", async () => {
    await using parent = await temporaryDirectory();
    const [inside, outside] = [join(parent.path, "inside"), join(parent.path, "outside")];
    await mkdir(inside);
    await mkdir(outside);
    await writeFile(join(outside, "sentinel"), "untouched");
    for (const target of ["../outside", outside, "/../outside", "x/../../outside"]) {
      const layers = [
        archiveLayer(await tarOf([program, link("door", target)]), { whiteouts: true }),
        archiveLayer(await tarOf([{ name: "door/evil", content: "evil" }]), { whiteouts: true }),
      ];
      await unpackInto(inside, layers, { entrypoint: "app" }).catch(() => undefined);
      expect(await readTree(outside)).toEqual({ sentinel: "644 untouched" });
    }
  });
});
