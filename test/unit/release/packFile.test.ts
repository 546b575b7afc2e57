import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { EXECUTABLE, TITLE, UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../../../src/oci/annotations.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { verifyBytes, verifyWhole } from "../../../src/oci/storage.ts";
import { COMPRESSIONS } from "../../../src/release/compression.ts";
import { packFile } from "../../../src/release/pack.ts";
import { collect, noise } from "../../support/bytes.ts";
import { openWork, write } from "./work.ts";

describe("packFile", () => {
  test.each([
    ["none", "application/vnd.slipway.file.v1", (bytes: Buffer) => bytes],
    ["gzip", "application/vnd.slipway.file.v1+gzip", (bytes: Buffer) => gunzipSync(bytes)],
    ["zstd", "application/vnd.slipway.file.v1+zstd", (bytes: Buffer) => zstdDecompressSync(bytes)],
  ] as const)("describes a file as it is with compression %s", async (compression, mediaType, decompress) => {
    await using work = await openWork();
    const plain = Buffer.concat([noise(50_000), Buffer.alloc(50_000)]);
    const path = join(work.input, "app");
    await write(path, plain, 0o755);

    const { descriptor, content } = await packFile(path, { ...work, compression });
    const bytes = await collect(content(0));
    verifyWhole(bytes, descriptor);
    expect(decompress(bytes)).toEqual(plain);
    expect(descriptor.mediaType).toBe(mediaType);
    expect(descriptor.annotations).toEqual({
      [TITLE]: "app",
      [EXECUTABLE]: "true",
      ...(compression === "none"
        ? {}
        : { [UNCOMPRESSED_DIGEST]: digestOf(plain), [UNCOMPRESSED_SIZE]: String(plain.length) }),
    });
  });

  test.each(COMPRESSIONS)("gives content that opens again at any offset, compression %s", async (compression) => {
    await using work = await openWork();
    const path = join(work.input, "app");
    await write(path, noise(10_000));
    const { content, descriptor } = await packFile(path, { ...work, compression });
    const whole = await collect(content(0));
    for (const offset of [1, 5_000, descriptor.size - 1, descriptor.size]) {
      expect(await collect(content(offset))).toEqual(whole.subarray(offset));
    }
  });

  test.each(COMPRESSIONS)("gives the same bytes for the same content, compression %s", async (compression) => {
    await using work = await openWork();
    const [one, two] = [join(work.input, "1/app"), join(work.input, "2/app")];
    await write(one, noise(100_000));
    await write(two, noise(100_000));
    await utimes(two, 1, 1);
    const first = await packFile(one, { ...work, compression });
    const second = await packFile(two, { ...work, compression });
    expect(second.descriptor).toEqual(first.descriptor);
  });

  test("holds what it read until it is released: what was hashed is what is sent", async () => {
    await using work = await openWork();
    const path = join(work.input, "app");
    await write(path, noise(10_000));
    const { content, descriptor, release } = await packFile(path, { ...work, compression: "none", hold: true });
    await write(path, noise(10_000, "other"));
    expect(await collect(verifyBytes(content(0), descriptor))).toEqual(noise(10_000));
    release();
    await expect(collect(verifyBytes(content(0), descriptor))).rejects.toThrow("wrong digest");
    // The memory goes to the next file, once.
    const [one, two] = await Promise.all(
      ["one", "two"].map(async (name) => {
        await write(join(work.input, name), noise(500, name));
        return await packFile(join(work.input, name), { ...work, compression: "none", hold: true });
      }),
    );
    release();
    expect(await collect(one!.content(0))).toEqual(noise(500, "one"));
    expect(await collect(two!.content(0))).toEqual(noise(500, "two"));
  });

  test.each([0, 1, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 3_000_000])(
    "reads %i bytes to their end, held or not",
    async (size) => {
      await using work = await openWork();
      const path = join(work.input, "app");
      await write(path, noise(size));
      for (const hold of [true, false]) {
        const { content, descriptor } = await packFile(path, { ...work, compression: "none", hold });
        expect(descriptor).toMatchObject({ size, digest: digestOf(noise(size)) });
        expect((await collect(verifyBytes(content(0), descriptor))).equals(noise(size))).toBe(true);
      }
    },
  );

  test("names no system in a gzip header, and no time", async () => {
    await using work = await openWork();
    await write(join(work.input, "app"), "content");
    const { content } = await packFile(join(work.input, "app"), { ...work, compression: "gzip" });
    expect((await collect(content(0))).subarray(0, 10).toString("hex")).toBe("1f8b08000000000002ff");
  });

  test.each([
    ["ELF", "7f454c460201"],
    ["Mach-O", "cffaedfe0c000001"],
    ["fat Mach-O", "cafebabe00000002"],
    ["Windows", "4d5a9000"],
    ["script", Buffer.from("#!/bin/sh\n").toString("hex")],
  ])("takes a file that begins like a program for one, whatever its mode: %s", async (_kind, head) => {
    await using work = await openWork();
    await write(join(work.input, "app"), Buffer.from(head, "hex"));
    const { descriptor } = await packFile(join(work.input, "app"), { ...work, compression: "none" });
    expect(descriptor.annotations?.[EXECUTABLE]).toBe("true");
  });

  test.each([
    ["words", Buffer.from("hello").toString("hex")],
    ["a Java class", "cafebabe00000041"],
    ["nothing", ""],
    ["one byte", "7f"],
  ])("does not take %s for a program", async (_kind, head) => {
    await using work = await openWork();
    await write(join(work.input, "app"), Buffer.from(head, "hex"));
    const { descriptor, content } = await packFile(join(work.input, "app"), { ...work, compression: "zstd" });
    expect(descriptor.annotations).not.toHaveProperty(EXECUTABLE);
    expect(zstdDecompressSync(await collect(content(0)))).toEqual(Buffer.from(head, "hex"));
  });

  test("takes the title it is given, and refuses one that no release can have", async () => {
    await using work = await openWork();
    const path = join(work.input, "app");
    await write(path, "x");
    const options = { ...work, compression: "none" } as const;
    expect((await packFile(path, { ...options, title: "bin/tool" })).descriptor.annotations?.[TITLE]).toBe("bin/tool");
    await expect(packFile(path, { ...options, title: "../tool" })).rejects.toMatchObject({ code: "bad-data" });
  });

  test("says what is wrong with its input", async () => {
    await using work = await openWork();
    const options = { ...work, compression: "gzip" } as const;
    await expect(packFile(join(work.input, "gone"), options)).rejects.toMatchObject({
      code: "not-found",
      message: `there is no ${join(work.input, "gone")}`,
    });
    await expect(packFile(work.input, options)).rejects.toMatchObject({ code: "bad-data" });
    await write(join(work.input, "app"), "x");
    const nowhere = { compression: "gzip", workDirectory: join(work.input, "nowhere") } as const;
    await expect(packFile(join(work.input, "app"), nowhere)).rejects.toMatchObject({ code: "not-found" });
  });
});
