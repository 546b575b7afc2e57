import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../../../src/errors.ts";
import { temporaryDirectory } from "../../../../support/temporary.ts";
import { asItIs, NEVER, openTestContents } from "../scriptedShelf.ts";
import { BLOCK, SIZE, bytes, blob, other, WHOLE, read, take, untilSettled, nameOf } from "./sampleContent.ts";

describe("content", () => {
  test("is fetched once, however many come at once, and later visitors need no registry", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    test.shelf.offer(bytes);
    const all = await Promise.all(Array.from({ length: 50 }, async () => await read(test)));
    expect(all.every((one) => one.equals(bytes))).toBe(true);
    expect(await read(test)).toEqual(bytes);
    expect(test.shelf.fetches).toHaveLength(1);
    expect(await readFile(join(directory.path, nameOf(blob)))).toEqual(bytes);
    expect(test.contents.kept).toEqual({ files: 1, bytes: SIZE });
  });

  test("reaches a fast reader while it arrives and a slow one has taken nothing yet", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    await using fast = await test.contents.open(asItIs(blob), NEVER);
    await using slow = await test.contents.open(asItIs(blob), NEVER);
    const fastChunks = fast.read(WHOLE)[Symbol.asyncIterator]();
    const slowChunks = slow.read(WHOLE)[Symbol.asyncIterator]();
    const fetch = await test.shelf.begun(0);
    await fetch.send(bytes.subarray(0, 2 * BLOCK));
    expect(await take(fastChunks, BLOCK)).toEqual(bytes.subarray(0, BLOCK));
    expect(await take(slowChunks, 1)).toEqual(bytes.subarray(0, BLOCK));
    await fetch.send(bytes.subarray(2 * BLOCK, 3 * BLOCK));
    expect(await take(fastChunks, 2 * BLOCK)).toEqual(bytes.subarray(BLOCK, 3 * BLOCK));
    void fetch.send(bytes.subarray(3 * BLOCK));
    fetch.end();
    expect(await take(fastChunks, SIZE - 3 * BLOCK)).toEqual(bytes.subarray(3 * BLOCK));
    expect(await take(slowChunks, SIZE - BLOCK)).toEqual(bytes.subarray(BLOCK));
    expect([await fastChunks.next(), await slowChunks.next()]).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  test("that is another one is given to nobody to its end, is told of, and is fetched anew", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    const readers = Array.from({ length: 3 }, async () => {
      await using content = await test.contents.open(asItIs(blob), NEVER);
      let size = 0;
      const error = await (async () => {
        for await (const chunk of content.read(WHOLE)) size += chunk.byteLength;
      })().catch((error: unknown) => error);
      return { size, error };
    });
    const part = read(test, asItIs(blob), { start: 10, end: 20 }).catch((error: unknown) => error);
    const fetch = await test.shelf.begun(0);
    void fetch.send(Buffer.concat([bytes.subarray(0, SIZE - 1), Buffer.of(bytes[SIZE - 1]! ^ 1)]));
    fetch.end();
    for (const { size, error } of await Promise.all(readers)) {
      expect(error).toMatchObject({ code: "bad-data" });
      expect(size).toBeLessThanOrEqual(SIZE - (SIZE % BLOCK));
    }
    expect(await part).toMatchObject({ code: "bad-data" });
    expect(test.troubles).toMatchObject([{ kind: "mismatch", where: "registry", blob }]);
    expect(test.contents.kept).toEqual({ files: 0, bytes: 0 });
    test.shelf.offer(bytes);
    expect(await read(test)).toEqual(bytes);
    expect(await readdir(directory.path)).toEqual([nameOf(blob)]);
  });

  test.each([
    [0, 1],
    [BLOCK - 1, BLOCK + 1],
    [BLOCK, 2 * BLOCK],
    [SIZE - 1, SIZE],
    [100_000, 100_000],
  ])("from %i to %i is that part", async (start, end) => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    test.shelf.offer(bytes);
    const span = { start, end };
    expect(await read(test, asItIs(blob), span)).toEqual(bytes.subarray(start, end));
    expect(await read(test, asItIs(blob), span)).toEqual(bytes.subarray(start, end));
  });

  test("gives the end of a part only when all of it is right", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    await using content = await test.contents.open(asItIs(blob), NEVER);
    const chunks = content.read({ start: 100, end: 2 * BLOCK })[Symbol.asyncIterator]();
    const fetch = await test.shelf.begun(0);
    await fetch.send(bytes.subarray(0, 4 * BLOCK));
    expect(await take(chunks, 1)).toEqual(bytes.subarray(100, BLOCK));
    let isThere = false;
    const rest = take(chunks, BLOCK).finally(() => (isThere = true));
    // Somebody who wants more has read that block, and the next one.
    await using more = await test.contents.open(asItIs(blob), NEVER);
    await take(more.read(WHOLE)[Symbol.asyncIterator](), 3 * BLOCK);
    expect(isThere).toBe(false);
    void fetch.send(bytes.subarray(4 * BLOCK));
    fetch.end();
    expect(await rest).toEqual(bytes.subarray(BLOCK, 2 * BLOCK));
  });

  test("of no bytes is made sure of, too", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    const empty = test.shelf.offer(Buffer.alloc(0));
    expect(await read(test, asItIs(empty), { start: 0, end: 0 })).toHaveLength(0);
    expect(await readdir(directory.path)).toEqual([nameOf(empty)]);
  });

  test("that does not come fails for all who wait, and the next visitor asks anew", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    const both = [read(test), read(test)].map(async (one) => await one.catch((error: unknown) => error));
    (await test.shelf.begun(0)).fail(new AppError("unavailable", "no route"));
    expect(await Promise.all(both)).toMatchObject([{ code: "unavailable" }, { code: "unavailable" }]);
    expect(test.troubles).toEqual([]);
    test.shelf.offer(bytes);
    expect(await read(test)).toEqual(bytes);
  });

  test.each(["md5:0cc175b9c0f1b6a831c399e269772661", "sha256+x:../../etc/passwd"] as const)(
    "under the digest %s, which cannot be checked, is refused",
    async (digest) => {
      await using directory = await temporaryDirectory();
      await using test = await openTestContents(directory.path);
      await expect(read(test, asItIs({ ...blob, digest }))).rejects.toMatchObject({ code: "bad-data" });
    },
  );
});

describe("a file that is stored compressed", () => {
  test.each([
    ["gzip", gzipSync(bytes)],
    ["zstd", zstdCompressSync(bytes)],
  ] as const)("with %s is unpacked once, and kept under the digest of what is in it", async (compression, packed) => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    const stored = { blob: test.shelf.offer(packed), compression };
    const all = await Promise.all([1, 2, 3].map(async () => await read(test, { content: blob, stored })));
    expect(all.every((one) => one.equals(bytes))).toBe(true);
    expect(test.shelf.fetches).toHaveLength(1);
    await untilSettled(directory.path, nameOf(blob));
    expect(await readdir(directory.path)).toEqual([nameOf(blob)]);
  });

  test("is unpacked from what is kept of it", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    const packed = test.shelf.offer(gzipSync(bytes));
    await read(test, asItIs(packed), { start: 0, end: packed.size });
    await untilSettled(directory.path, nameOf(packed));
    expect(await read(test, { content: blob, stored: { blob: packed, compression: "gzip" } })).toEqual(bytes);
    expect(test.shelf.fetches).toHaveLength(1);
  });

  test.each([
    ["holds something else", gzipSync(other)],
    ["holds more", gzipSync(Buffer.concat([bytes, bytes]))],
    ["is no such thing", other],
  ])("and %s is given to nobody", async (_what, packed) => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    const stored = { blob: test.shelf.offer(packed), compression: "gzip" } as const;
    await expect(read(test, { content: blob, stored })).rejects.toMatchObject({ code: "bad-data" });
    expect(test.troubles).toMatchObject([{ kind: "mismatch", where: "registry", blob: stored.blob }]);
  });
});

test("its end ends what still arrives", async () => {
  await using directory = await temporaryDirectory();
  const test = await openTestContents(directory.path);
  const reading = read(test).catch((error: unknown) => error);
  const fetch = await test.shelf.begun(0);
  await fetch.send(bytes.subarray(0, BLOCK));
  await test[Symbol.asyncDispose]();
  expect(fetch.signal.aborted).toBe(true);
  expect(await reading).toBeInstanceOf(AppError);
  expect(await readdir(directory.path)).toEqual([]);
});
