import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../../../src/errors.ts";
import type { Descriptor } from "../../../../../src/oci/descriptor.ts";
import { encodedOf } from "../../../../../src/oci/digest.ts";
import type { OpenContent } from "../../../../../src/server/gateway/contents/contents.ts";
import { SHARED_BYTES } from "../../../../../src/server/gateway/contents/sharedBlocks.ts";
import { blobOf, collect, noise } from "../../../../support/bytes.ts";
import { canMount } from "../../../../support/mount.ts";
import { temporaryDirectory } from "../../../../support/temporary.ts";
import { asItIs, NEVER, openTestContents, type TestContents } from "../scriptedShelf.ts";

// Several blocks, and a bit.
const BLOCK = SHARED_BYTES;
const SIZE = 4 * BLOCK + 70_000;
const bytes = noise(SIZE);
const blob = blobOf(bytes);
const other = noise(SIZE, "other");
const WHOLE = { start: 0, end: SIZE };

/** Opens, reads and lets go. */
async function read({ contents }: TestContents, wanted = asItIs(blob), span = WHOLE): Promise<Buffer> {
  await using content = await contents.open(wanted, NEVER);
  return await collect(copied(content, span));
}

/** Chunks are valid until the next one is asked for: kept ones have to be copies. */
async function* copied(content: OpenContent, span: { start: number; end: number }): AsyncGenerator<Buffer> {
  for await (const chunk of content.read(span)) yield Buffer.from(chunk);
}

async function take(chunks: AsyncIterator<Uint8Array>, count: number): Promise<Buffer> {
  const taken: Buffer[] = [];
  for (let size = 0; size < count;) {
    const next = await chunks.next();
    if (next.done === true) throw new Error(`ended after ${size} bytes`);
    taken.push(Buffer.from(next.value));
    size += next.value.byteLength;
  }
  return Buffer.concat(taken);
}

async function untilSettled(path: string, name: string): Promise<void> {
  while (!(await readdir(path)).includes(name)) await new Promise(setImmediate);
}

const nameOf = ({ digest }: Descriptor): string => encodedOf(digest);

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

describe("a visitor who leaves", () => {
  test("leaves the others what they came for", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    const leaving = new AbortController();
    const first = await test.contents.open(asItIs(blob), leaving.signal);
    const second = read(test);
    const waiting = collect(first.read(WHOLE)).catch((error: unknown) => error);
    const fetch = await test.shelf.begun(0);
    leaving.abort(new Error("gone"));
    expect(await waiting).toMatchObject({ message: "gone" });
    await first[Symbol.asyncDispose]();
    void fetch.send(bytes);
    fetch.end();
    expect(await second).toEqual(bytes);
    expect(test.shelf.fetches).toHaveLength(1);
  });

  test("as the last one ends the download, of which nothing stays", async () => {
    await using directory = await temporaryDirectory();
    await using test = await openTestContents(directory.path);
    const content = await test.contents.open(asItIs(blob), NEVER);
    const fetch = await test.shelf.begun(0);
    await fetch.send(bytes.subarray(0, 2 * BLOCK));
    await content[Symbol.asyncDispose]();
    await fetch.over;
    expect(fetch.signal.aborted).toBe(true);
    expect(test.contents.kept).toEqual({ files: 0, bytes: 0 });
    test.shelf.offer(bytes);
    expect(await read(test)).toEqual(bytes);
    expect(await readdir(directory.path)).toEqual([nameOf(blob)]);
    expect(test.troubles).toEqual([]);
  });
});

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
