import { existsSync } from "node:fs";
import promises, { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { acquireLock } from "../../../src/store/lock.ts";
import { beat } from "../../../src/store/lockFile.ts";
import { watchDisk } from "./disk.ts";
import { leave, NOBODY, once0, ownRecord, readOwner, until } from "./lockRecord.ts";
import { openStore } from "./sample.ts";

describe("the lock", () => {
  test("has one owner, and is free again afterwards", async () => {
    await using store = await openStore();
    {
      await using lock = await acquireLock(store.paths, once0);
      expect(lock).toBeDefined();
      expect(await acquireLock(store.paths, once0)).toBeUndefined();
    }
    await using again = await acquireLock(store.paths, once0);
    expect(again).toBeDefined();
    expect(await readdir(store.paths.root)).toEqual(["lock"]);
  });

  test("is taken by one who waits, as soon as it is free", async () => {
    await using store = await openStore();
    const first = await acquireLock(store.paths, once0);
    const waiting = acquireLock(store.paths, { timeout: 60_000 });
    await first?.[Symbol.asyncDispose]();
    await using second = await waiting;
    expect(second).toBeDefined();
  });

  test("is as young as its taking, however long somebody waited for it", async () => {
    await using store = await openStore();
    const first = await acquireLock(store.paths, once0);
    const waiting = acquireLock(store.paths, { timeout: 60_000 });
    await until(async () => (await readdir(store.paths.root)).length === 2);
    for (const name of await readdir(store.paths.root)) await utimes(`${store.paths.root}/${name}`, 0, 0);
    await first?.[Symbol.asyncDispose]();
    await using _second = await waiting;
    expect((await stat(store.paths.lock)).mtimeMs).toBeGreaterThan(1_000_000);
  });

  test("is waited for no longer than the signal allows", async () => {
    await using store = await openStore();
    await using _held = await acquireLock(store.paths, once0);
    const abort = new AbortController();
    const waiting = acquireLock(store.paths, { timeout: 60_000, signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(await readdir(store.paths.root)).toEqual(["lock"]);
  });

  test("in a folder that may not be written is an error with its path", async () => {
    await using store = await openStore();
    await mkdir(dirname(store.paths.root), { recursive: true });
    await writeFile(store.paths.root, "a file in the way");
    await expect(acquireLock(store.paths, once0)).rejects.toMatchObject({
      code: "cannot-create",
      message: expect.stringContaining(store.paths.lock),
    });
  });

  test("that was broken and taken by another is not released by its first owner", async () => {
    await using store = await openStore();
    const first = await acquireLock(store.paths, once0);
    const record = JSON.stringify({ ...(await readOwner(store.paths.lock)), token: "another" });
    await leave(store.paths, record);
    await first?.[Symbol.asyncDispose]();
    expect(await readFile(store.paths.lock, "utf8")).toBe(record);
  });

  test("works where a file system has no links", async () => {
    await using store = await openStore();
    using _disk = await watchDisk(async ({ name }) => {
      if (name === "link") throw Object.assign(new Error("ENOTSUP"), { code: "ENOTSUP" });
    });
    {
      await using lock = await acquireLock(store.paths, once0);
      expect(lock).toBeDefined();
      expect(await acquireLock(store.paths, once0)).toBeUndefined();
    }
    await acquireLock(store.paths, { ...once0, owner: { pid: NOBODY, host: hostname() } });
    await using after = await acquireLock(store.paths, once0);
    expect(after).toBeDefined();
  });

  test("that is a folder stops whoever wants it, with a way out", async () => {
    await using store = await openStore();
    await mkdir(store.paths.lock, { recursive: true });
    await expect(acquireLock(store.paths, once0)).rejects.toMatchObject({
      code: "cannot-create",
      message: expect.stringContaining(store.paths.lock),
      hint: expect.stringContaining("Move that folder away"),
    });
    expect(await readdir(store.paths.root)).toEqual(["lock"]);
  });

  test.each(["stat", "readFile"] as const)("whose name a network drive still has is busy (%s)", async (method) => {
    await using store = await openStore();
    await leave(store.paths, "{}");
    const whole = promises[method];
    Object.assign(promises, {
      [method]: async () => {
        throw Object.assign(new Error("ESTALE"), { code: "ESTALE" });
      },
    });
    syncBuiltinESMExports();
    try {
      expect(await acquireLock(store.paths, once0)).toBeUndefined();
    } finally {
      Object.assign(promises, { [method]: whole });
      syncBuiltinESMExports();
    }
  });

  test("that Windows still holds after its removal is busy, not an error", async () => {
    await using store = await openStore();
    using _disk = await watchDisk(async ({ name, to }) => {
      if (name === "link" && to === store.paths.lock) throw Object.assign(new Error("EACCES"), { code: "EACCES" });
    });
    expect(await acquireLock(store.paths, once0)).toBeUndefined();
  });
});

test("a heartbeat touches the owner's lock, keeps its record, and leaves another's alone", async () => {
  await using store = await openStore();
  const own = await ownRecord(store.paths);
  await beat(store.paths.lock, own);
  expect(existsSync(store.paths.lock)).toBe(false);
  await leave(store.paths, JSON.stringify(own), 100);
  await beat(store.paths.lock, { ...own, token: "another" });
  expect((await stat(store.paths.lock)).mtimeMs).toBeLessThan(Date.now() - 90_000);
  await beat(store.paths.lock, own);
  expect((await stat(store.paths.lock)).mtimeMs).toBeGreaterThan(Date.now() - 90_000);
  expect(await readOwner(store.paths.lock)).toEqual(own);
});

test("the lock's owner beats every five seconds until it lets go", async () => {
  await using store = await openStore();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const lock = await acquireLock(store.paths, once0);
    await utimes(store.paths.lock, 0, 0);
    vi.advanceTimersByTime(5000);
    await until(async () => (await stat(store.paths.lock)).mtimeMs > 0);
    await lock?.[Symbol.asyncDispose]();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
