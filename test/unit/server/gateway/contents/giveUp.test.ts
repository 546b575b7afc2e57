import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { collect } from "../../../../support/bytes.ts";
import { temporaryDirectory } from "../../../../support/temporary.ts";
import { asItIs, NEVER, openTestContents } from "../scriptedShelf.ts";
import { BLOCK, SIZE, bytes, blob, WHOLE, read, take, untilSettled, nameOf } from "./sampleContent.ts";

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
    await using left = await leaveAfter(2 * BLOCK);
    const { test, fetch, path } = left;
    await fetch.over;
    expect(fetch.signal.aborted).toBe(true);
    expect(test.contents.kept).toEqual({ files: 0, bytes: 0 });
    test.shelf.offer(bytes);
    expect(await read(test)).toEqual(bytes);
    expect(await readdir(path)).toEqual([nameOf(blob)]);
    expect(test.troubles).toEqual([]);
  });
});

describe("a visitor who leaves when most has arrived", () => {
  test("leaves the rest to come for whoever is next", async () => {
    await using left = await leaveAfter(3 * BLOCK);
    const { test, fetch } = left;
    expect(fetch.signal.aborted).toBe(false);
    await using next = await test.contents.open(asItIs(blob), NEVER);
    const end = take(next.read({ start: SIZE - 10, end: SIZE })[Symbol.asyncIterator](), 10);
    void fetch.send(bytes.subarray(3 * BLOCK));
    fetch.end();
    expect(await end).toEqual(bytes.subarray(SIZE - 10));
    expect(test.shelf.fetches).toHaveLength(1);
  });

  test("is followed by nobody, and what has come is kept all the same", async () => {
    await using left = await leaveAfter(3 * BLOCK);
    const { test, fetch, path } = left;
    void fetch.send(bytes.subarray(3 * BLOCK));
    fetch.end();
    await untilSettled(path, nameOf(blob));
    expect(await read(test)).toEqual(bytes);
    expect(test.shelf.fetches).toHaveLength(1);
  });
});

/** The only visitor leaves when so many bytes have arrived. */
async function leaveAfter(count: number) {
  const directory = await temporaryDirectory();
  const test = await openTestContents(directory.path);
  const content = await test.contents.open(asItIs(blob), NEVER);
  const fetch = await test.shelf.begun(0);
  await fetch.send(bytes.subarray(0, count));
  await content[Symbol.asyncDispose]();
  return {
    test,
    fetch,
    path: directory.path,
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

test("a registry that sends nothing any more is given up, for all who wait", async () => {
  await using directory = await temporaryDirectory();
  await using test = await openTestContents(directory.path, 2 ** 30, { silence: 20 });
  const waiting = [read(test), read(test)].map(async (one) => await one.catch((error: unknown) => error));
  const fetch = await test.shelf.begun(0);
  expect(await Promise.all(waiting)).toMatchObject([{ code: "unavailable" }, { code: "unavailable" }]);
  expect(fetch.signal.aborted).toBe(true);
  expect(test.contents.kept).toEqual({ files: 0, bytes: 0 });
});
