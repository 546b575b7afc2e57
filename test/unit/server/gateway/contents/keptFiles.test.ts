import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { blobOf, collect, noise } from "../../../../support/bytes.ts";
import { canMount } from "../../../../support/mount.ts";
import { temporaryDirectory } from "../../../../support/temporary.ts";
import { asItIs, NEVER, openTestContents } from "../scriptedShelf.ts";
import { BLOCK, SIZE, bytes, blob, other, WHOLE, read, copied, take, untilSettled, nameOf } from "./sampleContent.ts";

describe("what an earlier run has left", () => {
  test("is used when it is what its name says, without a registry", async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, nameOf(blob)), bytes);
    await using test = await openTestContents(directory.path);
    expect(test.contents.kept).toEqual({ files: 1, bytes: SIZE });
    expect(await Promise.all([read(test), read(test)])).toEqual([bytes, bytes]);
    expect(test.shelf.fetches).toEqual([]);
  });

  test.each([
    ["other bytes", other],
    ["less", bytes.subarray(0, 1000)],
    ["more", Buffer.concat([bytes, bytes])],
    ["nothing", Buffer.alloc(0)],
  ])("is thrown away when it is %s", async (_what, found) => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, nameOf(blob)), found);
    await using test = await openTestContents(directory.path);
    test.shelf.offer(bytes);
    expect(await Promise.all([read(test), read(test)])).toEqual([bytes, bytes]);
    expect(test.troubles).toMatchObject([{ kind: "mismatch", where: "disk", blob: { digest: blob.digest } }]);
    expect(test.shelf.fetches).toHaveLength(1);
    expect(await readFile(join(directory.path, nameOf(blob)))).toEqual(bytes);
  });

  test("is taken away when it is half a file, and left alone when it is somebody else's", async () => {
    await using directory = await temporaryDirectory();
    const names = [`${nameOf(blob)}.1.partial`, `${nameOf(blob)}.partial`, "notes.txt"];
    for (const name of names) await writeFile(join(directory.path, name), "x");
    await mkdir(join(directory.path, nameOf(blobOf(other))));
    await using test = await openTestContents(directory.path);
    expect((await readdir(directory.path)).sort()).toEqual([nameOf(blobOf(other)), "notes.txt"].sort());
    expect(test.contents.kept).toEqual({ files: 0, bytes: 0 });
  });

  test("goes, the oldest first, when it is more than may be kept", async () => {
    await using directory = await temporaryDirectory();
    for (const [age, content] of [bytes, other].entries()) {
      const path = join(directory.path, nameOf(blobOf(content)));
      await writeFile(path, content);
      await utimes(path, 1000 - age, 1000 - age);
    }
    await using test = await openTestContents(directory.path, SIZE);
    expect(test.contents.kept).toEqual({ files: 1, bytes: SIZE });
    await test[Symbol.asyncDispose]();
    expect(await readdir(directory.path)).toEqual([nameOf(blob)]);
  });
});

describe("a disk", () => {
  test("that has lost a byte is found out before it is sent, in parts too, and the file is fetched anew", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    const path = join(directory.path, nameOf(blob));
    await writeFile(path, bytes);
    await test[Symbol.asyncDispose]();
    await using later = await openTestContents(directory.path);
    later.shelf.offer(bytes);
    expect(await read(later, asItIs(blob), { start: 0, end: 1 })).toEqual(bytes.subarray(0, 1));
    const rotten = Buffer.from(bytes);
    rotten[2 * BLOCK + 5]! ^= 1;
    await writeFile(path, rotten);
    await using content = await later.contents.open(asItIs(blob), NEVER);
    const chunks = content.read(WHOLE)[Symbol.asyncIterator]();
    expect(await take(chunks, 2 * BLOCK)).toEqual(bytes.subarray(0, 2 * BLOCK));
    const damaged = { code: "bad-data", message: expect.stringContaining("damaged") };
    await expect(chunks.next()).rejects.toMatchObject(damaged);
    await expect(collect(content.read({ start: 2 * BLOCK, end: 2 * BLOCK + 1 }))).rejects.toMatchObject(damaged);
    expect(later.troubles).toMatchObject([{ kind: "mismatch", where: "disk", blob: { digest: blob.digest } }]);
    expect(await read(later)).toEqual(bytes);
    expect(later.shelf.fetches).toHaveLength(1);
    await untilSettled(directory.path, nameOf(blob));
    expect(await readFile(path)).toEqual(bytes);
  });

  test.runIf(canMount())("that fills up while content arrives costs nobody what they came for", async () => {
    await using directory = await temporaryDirectory();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory.path]);
    try {
      await using test = await openTestContents(directory.path);
      const readers = [WHOLE, { start: 10, end: SIZE - 10 }].map(async (span) => await read(test, asItIs(blob), span));
      const fetch = await test.shelf.begun(0);
      await fetch.send(bytes.subarray(0, 2 * BLOCK));
      await writeFile(join(directory.path, "another"), noise(2 ** 20 - 2 * BLOCK)).catch(() => undefined);
      test.shelf.offer(bytes);
      void fetch.send(bytes.subarray(2 * BLOCK));
      fetch.end();
      expect(await Promise.all(readers)).toEqual([bytes, bytes.subarray(10, SIZE - 10)]);
      expect(test.troubles).toMatchObject([{ kind: "disk", error: { code: "io" } }]);
      // It is not filled a second time in order to find out.
      expect(await read(test)).toEqual(bytes);
      expect(test.troubles).toHaveLength(1);
      await test[Symbol.asyncDispose]();
      expect(await readdir(directory.path)).toEqual(["another"]);
    } finally {
      execFileSync("umount", [directory.path]);
    }
  });

  test("from which somebody takes a file away gets it again", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    test.shelf.offer(bytes);
    await read(test);
    await untilSettled(directory.path, nameOf(blob));
    await rm(join(directory.path, nameOf(blob)));
    expect(await read(test)).toEqual(bytes);
    expect(test.shelf.fetches).toHaveLength(2);
  });

  test("that keeps nothing costs a download for each visitor, who gets the whole, and is told of once", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "file");
    await writeFile(path, "in the way");
    await using test = await openTestContents(path);
    expect(test.contents.keeps(SIZE)).toBe(false);
    test.shelf.offer(bytes);
    await using content = await test.contents.open(asItIs(blob), NEVER);
    expect(content.seekable).toBe(false);
    expect(await read(test)).toEqual(bytes);
    expect(await read(test)).toEqual(bytes);
    expect(test.shelf.fetches).toHaveLength(2);
    expect(test.troubles).toMatchObject([{ kind: "disk", error: { code: "cannot-create" } }]);
    await rm(path);
    expect(await read(test)).toEqual(bytes);
    expect(await read(test)).toEqual(bytes);
    expect(test.shelf.fetches).toHaveLength(3);
    expect(test.contents.keeps(SIZE)).toBe(true);
  });

  test("that keeps nothing lets nothing wrong through either", async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, "file"), "");
    await using test = await openTestContents(join(directory.path, "file"));
    const wrong = read(test).catch((error: unknown) => error);
    const fetch = await test.shelf.begun(0);
    void fetch.send(other);
    fetch.end();
    expect(await wrong).toMatchObject({ code: "bad-data" });
    expect(test.troubles).toMatchObject([{ kind: "disk" }, { kind: "mismatch", where: "registry", blob }]);
  });
});

describe("room", () => {
  const third = noise(SIZE, "third");

  test("is made by what was used least recently", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path, 2 * SIZE);
    for (const content of [bytes, other, bytes, third]) {
      await read(test, asItIs(test.shelf.offer(content)));
      await untilSettled(directory.path, nameOf(blobOf(content)));
    }
    expect((await readdir(directory.path)).sort()).toEqual([nameOf(blob), nameOf(blobOf(third))].sort());
    expect(test.contents.kept).toEqual({ files: 2, bytes: 2 * SIZE });
  });

  test("is not made by what is being read: who finds none is served straight from the registry", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path, SIZE);
    test.shelf.offer(bytes);
    test.shelf.offer(other);
    await using held = await test.contents.open(asItIs(blob), NEVER);
    expect(await read(test, asItIs(blobOf(other)))).toEqual(other);
    expect(await collect(copied(held, WHOLE))).toEqual(bytes);
    await untilSettled(directory.path, nameOf(blob));
    expect(await readdir(directory.path)).toEqual([nameOf(blob)]);
    expect(test.troubles).toEqual([]);
  });

  test("for more than may be kept is never made", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path, SIZE - 1);
    test.shelf.offer(bytes);
    expect(test.contents.keeps(SIZE)).toBe(false);
    expect(await read(test)).toEqual(bytes);
    expect(await readdir(directory.path)).toEqual([]);
  });
});
