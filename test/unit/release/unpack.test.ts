import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../../../src/oci/annotations.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { materialize } from "../../../src/release/unpack.ts";
import { noise } from "../../support/bytes.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { archiveLayer, fileLayer, tarOf, unpackInto, unpackLayers } from "./layers.ts";

describe("materialize", () => {
  test.each(["none", "gzip", "zstd"] as const)(
    "writes a file of several chunks, compression %s",
    async (compression) => {
      const bytes = noise(300_001);
      const { tree, ...done } = await unpackLayers([fileLayer("bin/app", bytes, { compression })]);
      expect(done).toMatchObject({ executable: "bin/app", archives: [], bytes: bytes.length, files: 1 });
      expect(tree["bin/app"]).toBe(`755 ${bytes.toString("latin1")}`);
    },
  );

  test.each(["none", "gzip", "zstd"] as const)("writes an archive's entries, compression %s", async (compression) => {
    const tar = await tarOf([
      { name: "./", type: "directory" },
      { name: "bin/", type: "directory" },
      { name: "bin/app", content: "program", mode: 0o755 },
      { name: "share/deep/readme", content: "words", mode: 0o666 },
      { name: "app", type: "symlink", linkname: "bin/app" },
      { name: "bin/again", type: "link", linkname: "bin/app" },
      { name: "empty/", type: "directory" },
    ]);
    const { tree, executable } = await unpackLayers([archiveLayer(tar, { compression })], { entrypoint: "bin/app" });
    expect(executable).toBe("bin/app");
    expect(tree).toEqual({
      app: "-> bin/app",
      bin: "folder",
      "bin/again": "755 program",
      "bin/app": "755 program",
      empty: "folder",
      share: "folder",
      "share/deep": "folder",
      "share/deep/readme": "644 words",
    });
  });

  test("joins files and folders of several layers", async () => {
    const { tree } = await unpackLayers(
      [
        fileLayer("app", "program"),
        archiveLayer(await tarOf([{ name: "lib/a", content: "a" }]), { compression: "gzip" }),
        fileLayer("lib/b", "b", { compression: "zstd", executable: true }),
      ],
      { entrypoint: "app" },
    );
    expect(tree).toEqual({ app: "755 program", lib: "folder", "lib/a": "644 a", "lib/b": "755 b" });
  });

  test("never sets more than the executable bit", async () => {
    const tar = await tarOf([
      { name: "app", content: "x", mode: 0o6755 },
      { name: "open", content: "x", mode: 0o666 },
      { name: "odd", content: "x", mode: 0o4611 },
    ]);
    const { tree } = await unpackLayers([archiveLayer(tar)], { entrypoint: "app" });
    expect(tree).toEqual({ app: "755 x", open: "644 x", odd: "755 x" });
  });

  test("checks what comes out against the annotations", async () => {
    const promise = (digest: string, size: string) => ({ [UNCOMPRESSED_DIGEST]: digest, [UNCOMPRESSED_SIZE]: size });
    const unpack = async (annotations: Record<string, string>) =>
      await unpackLayers([fileLayer("app", "content", { compression: "zstd", annotations })]);
    const right = digestOf(Buffer.from("content"));
    await expect(unpack(promise(right, "7"))).resolves.toMatchObject({ files: 1 });
    await expect(unpack(promise(digestOf(Buffer.from("other")), "7"))).rejects.toThrow("wrong digest");
    await expect(unpack(promise(right, "6"))).rejects.toThrow("wrong size");
    await expect(unpack(promise(right, "8"))).rejects.toThrow("wrong size");
    await expect(unpack(promise(right, "1e3"))).rejects.toThrow("make no sense");
    await expect(unpack(promise("sha256:1", "7"))).rejects.toThrow("make no sense");
  });

  test.each(["gzip", "zstd"] as const)("refuses content that is not %s", async (compression) => {
    const { layer } = fileLayer("app", "x", { compression });
    await expect(unpackLayers([{ layer, bytes: Buffer.from("<html>captive portal</html>") }])).rejects.toMatchObject({
      code: "bad-data",
      message: `the content is not valid ${compression} data`,
    });
  });

  test("refuses gzip data that was cut short", async () => {
    const { layer, bytes } = fileLayer("app", noise(100_000), { compression: "gzip" });
    await expect(unpackLayers([{ layer, bytes: bytes.subarray(0, 50_000) }])).rejects.toMatchObject({
      code: "bad-data",
    });
  });

  test("refuses zstd data that was cut short, of which Node's decoder says nothing", async () => {
    const plain = noise(100_000);
    const annotations = { [UNCOMPRESSED_DIGEST]: digestOf(plain), [UNCOMPRESSED_SIZE]: String(plain.length) };
    const { layer, bytes } = fileLayer("app", plain, { compression: "zstd", annotations });
    await expect(unpackLayers([{ layer, bytes: bytes.subarray(0, 50_000) }])).rejects.toThrow("wrong size");
  });

  test.each([
    ["is cut short", (tar: Buffer) => tar.subarray(0, 700)],
    ["has a broken header", (tar: Buffer) => Buffer.concat([Buffer.alloc(512, 65), tar])],
  ])("refuses an archive that %s", async (_title, damage) => {
    const tar = await tarOf([{ name: "app", content: "x".repeat(2000) }]);
    await expect(unpackLayers([archiveLayer(damage(tar))])).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("an archive of the release cannot be read"),
    });
  });

  test("gives an error of the source as it is", async () => {
    await using directory = await temporaryDirectory();
    const lost = new AppError("temporary", "the disk went away");
    for (const { layer } of [
      fileLayer("app", "x"),
      fileLayer("app2", "x", { compression: "gzip" }),
      fileLayer("app3", "x", { compression: "zstd" }),
      archiveLayer(await tarOf([{ name: "app4", content: "x" }])),
    ]) {
      const files = { layers: [layer], entrypoint: undefined, commands: [] };
      const blobs = {
        async *open() {
          yield Buffer.alloc(0);
          throw lost;
        },
      };
      await expect(materialize({ files, blobs, directory: directory.path, platform: "linux" })).rejects.toBe(lost);
    }
  });

  test("ends a bomb before it fills the disk", async () => {
    const bomb = zstdCompressSync(Buffer.alloc(50_000_000));
    const { layer } = fileLayer("app", "", { compression: "zstd" });
    await using directory = await temporaryDirectory();
    await expect(unpackInto(directory.path, [{ layer, bytes: bomb }], { maxBytes: 1_000_000 })).rejects.toThrow(
      "larger than 1000000 bytes when unpacked",
    );
  });

  test("counts the bytes of an archive, and of its hard links, against the same limit", async () => {
    const content = "x".repeat(400_000);
    const link = (number: number) => ({ name: `l${number}`, type: "link" as const, linkname: "a" });
    const plain = await tarOf([
      { name: "a", content },
      { name: "b", content },
      { name: "c", content },
    ]);
    await expect(unpackLayers([archiveLayer(plain)], { maxBytes: 1_000_000 })).rejects.toThrow("larger than");
    const linked = await tarOf([{ name: "a", content }, link(1), link(2)]);
    await expect(unpackLayers([archiveLayer(linked)], { maxBytes: 1_000_000 })).rejects.toThrow("larger than");
    await expect(unpackLayers([archiveLayer(linked)], { maxBytes: 2_000_000, entrypoint: "a" })).resolves.toMatchObject(
      {
        files: 3,
      },
    );
  });

  test("tells when the directory cannot be written", async () => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, "app"));
    await expect(unpackInto(directory.path, [fileLayer("app", "x")])).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("something of this name is there already"),
    });
    expect(await readdir(directory.path)).toEqual(["app"]);
  });
});
