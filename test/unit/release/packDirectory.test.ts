import { execFile } from "node:child_process";
import { chmod, link, mkdir, readdir, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  ORAS_CONTENT_DIGEST,
  ORAS_UNPACK,
  TITLE,
  UNCOMPRESSED_DIGEST,
  UNCOMPRESSED_SIZE,
} from "../../../src/oci/annotations.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { verifyWhole } from "../../../src/oci/storage.ts";
import { COMPRESSIONS } from "../../../src/release/compression.ts";
import { packDirectory } from "../../../src/release/pack.ts";
import { collect } from "../../support/bytes.ts";
import { openWork, write } from "./work.ts";

const run = promisify(execFile);

describe("packDirectory", () => {
  async function writeSample(root: string): Promise<void> {
    await write(join(root, "b/tool"), "#!/bin/sh\n");
    await write(join(root, "a.txt"), "words");
    await write(join(root, "b/app"), "program", 0o700);
    await mkdir(join(root, "empty"));
    await symlink("b/app", join(root, "link"));
  }

  test("writes names in order, without times, owners or odd modes", async () => {
    await using work = await openWork();
    await writeSample(work.input);
    const { descriptor, content } = await packDirectory(work.input, { ...work, compression: "gzip", title: "." });
    const bytes = await collect(content(0));
    verifyWhole(bytes, descriptor);
    const tar = gunzipSync(bytes);
    const file = join(work.workDirectory, "x.tar");
    await writeFile(file, tar);
    const { stdout } = await run("tar", ["--utc", "--full-time", "--numeric-owner", "-tvf", file]);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.replace(/ +/g, " ")),
    ).toEqual([
      "-rw-r--r-- 0/0 5 1970-01-01 00:00:00 a.txt",
      "drwxr-xr-x 0/0 0 1970-01-01 00:00:00 b/",
      "-rwxr-xr-x 0/0 7 1970-01-01 00:00:00 b/app",
      "-rwxr-xr-x 0/0 10 1970-01-01 00:00:00 b/tool",
      "drwxr-xr-x 0/0 0 1970-01-01 00:00:00 empty/",
      "lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 link -> b/app",
    ]);
    expect(descriptor.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
    expect(descriptor.annotations).toEqual({
      [TITLE]: ".",
      [ORAS_UNPACK]: "true",
      [ORAS_CONTENT_DIGEST]: digestOf(tar),
      [UNCOMPRESSED_DIGEST]: digestOf(tar),
      [UNCOMPRESSED_SIZE]: String(tar.length),
    });
  });

  test("begins an included folder's entries with its name", async () => {
    await using work = await openWork();
    await write(join(work.input, "x"), "1");
    const { content } = await packDirectory(work.input, { ...work, compression: "zstd", title: "lib" });
    expect(
      zstdDecompressSync(await collect(content(0)))
        .subarray(0, 6)
        .toString("latin1"),
    ).toBe("lib/x\0");
  });

  test("marks only what oras can unpack for it", async () => {
    await using work = await openWork();
    await write(join(work.input, "x"), "1");
    const pack = async (compression: "none" | "zstd") =>
      (await packDirectory(work.input, { ...work, compression, title: "." })).descriptor;
    expect((await pack("none")).mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
    const zstd = await pack("zstd");
    expect(zstd.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+zstd");
    expect(zstd.annotations).not.toHaveProperty(ORAS_UNPACK);
  });

  test.each(COMPRESSIONS)("gives the same digest for the same tree, compression %s", async (compression) => {
    await using work = await openWork();
    for (const name of ["one", "two"]) await writeSample(join(work.input, name));
    await utimes(join(work.input, "two/b/app"), 1, 1);
    await chmod(join(work.input, "two/b"), 0o700);
    const options = { ...work, compression, title: "." } as const;
    const one = await packDirectory(join(work.input, "one"), options);
    const two = await packDirectory(join(work.input, "two"), options);
    expect(two.descriptor).toEqual(one.descriptor);
    await write(join(work.input, "two/a.txt"), "other");
    expect((await packDirectory(join(work.input, "two"), options)).descriptor.digest).not.toBe(one.descriptor.digest);
  });

  test("copies a hard link's content", async () => {
    await using work = await openWork();
    await write(join(work.input, "a"), "same");
    await link(join(work.input, "a"), join(work.input, "b"));
    const { descriptor } = await packDirectory(work.input, { ...work, compression: "gzip", title: "." });
    expect(Number(descriptor.annotations?.[UNCOMPRESSED_SIZE])).toBe(4 * 512 + 1024);
  });

  test.each(["/etc/passwd", "../outside", "sub/../../outside", "sub/../a"])("refuses a link to %s", async (target) => {
    await using work = await openWork();
    await write(join(work.input, "a"), "x");
    await symlink(target, join(work.input, "link"));
    await expect(packDirectory(work.input, { ...work, compression: "gzip", title: "." })).rejects.toMatchObject({
      code: "bad-data",
      message: `${join(work.input, "link")} is a link to ${target}, which cannot be published`,
    });
  });

  test("refuses what is neither file, folder nor link", async () => {
    await using work = await openWork();
    await write(join(work.input, "a"), "x");
    await run("mkfifo", [join(work.input, "pipe")]);
    await expect(packDirectory(work.input, { ...work, compression: "gzip", title: "." })).rejects.toThrow(
      `${join(work.input, "pipe")} is neither a file, a folder nor a link`,
    );
  });

  test("refuses a name that no person's computer would take", async () => {
    await using work = await openWork();
    await write(join(work.input, "a\\b"), "x");
    await expect(packDirectory(work.input, { ...work, compression: "gzip", title: "." })).rejects.toMatchObject({
      code: "bad-data",
    });
  });

  test("says what is wrong with its input", async () => {
    await using work = await openWork();
    const options = { ...work, compression: "gzip", title: "." } as const;
    await expect(packDirectory(join(work.input, "gone"), options)).rejects.toMatchObject({ code: "not-found" });
    await expect(packDirectory(work.input, options)).rejects.toMatchObject({
      code: "not-found",
      message: `${work.input} holds no file`,
    });
    await write(join(work.input, "file"), "x");
    await expect(packDirectory(join(work.input, "file"), options)).rejects.toMatchObject({ code: "io" });
  });

  test("leaves nothing but its own bytes in the work directory", async () => {
    await using work = await openWork();
    await write(join(work.input, "a"), "x");
    await packDirectory(work.input, { ...work, compression: "gzip", title: "." });
    expect(await readdir(work.workDirectory)).toHaveLength(1);
  });
});
