import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import promises, { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { acquireLock } from "../../../src/store/lock.ts";
import { beat, type Owner } from "../../../src/store/lockFile.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { watchDisk } from "./disk.ts";
import { openStore } from "./sample.ts";

// An id that no system gives.
const NOBODY = 2 ** 30;
const once0 = { timeout: 0 };
/** In seconds. */
const YEAR = 365 * 24 * 3600;

async function leave(paths: StorePaths, content: string, secondsAgo = 0): Promise<void> {
  await mkdir(paths.root, { recursive: true });
  await writeFile(paths.lock, content);
  const touched = Date.now() / 1000 - secondsAgo;
  await utimes(paths.lock, touched, touched);
}

async function readOwner(path: string): Promise<Owner> {
  return JSON.parse(await readFile(path, "utf8")) as Owner;
}

/** The record that this process would write. */
async function ownRecord(paths: StorePaths): Promise<Owner> {
  await using _lock = await acquireLock(paths, once0);
  return await readOwner(paths.lock);
}

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

describe("a lock is broken", () => {
  test("at once when its owner's process is gone", async () => {
    await using store = await openStore();
    await acquireLock(store.paths, { ...once0, owner: { pid: NOBODY, host: hostname() } });
    await using lock = await acquireLock(store.paths, once0);
    expect(lock).toBeDefined();
    expect((await readOwner(store.paths.lock)).pid).toBe(process.pid);
    expect(await readdir(store.paths.root)).toEqual(["lock"]);
  });

  test("when its owner's id belongs to another process by now", async () => {
    await using store = await openStore();
    const own = await ownRecord(store.paths);
    expect(own.started).toMatch(/^\d+$/);
    await leave(store.paths, JSON.stringify({ ...own, token: "earlier", started: "1" }));
    await using lock = await acquireLock(store.paths, once0);
    expect(lock).toBeDefined();
  });

  const others: [string, (own: Owner) => object][] = [
    ["on another computer", (own) => ({ ...own, host: "another", pid: NOBODY })],
    ["in another container or boot", (own) => ({ ...own, space: "another", pid: NOBODY })],
    ["whose start is not known", (own) => ({ ...own, started: undefined })],
  ];
  test.each(others)("after a minute without a sign of an owner %s, not before", async (_, change) => {
    await using store = await openStore();
    const record = JSON.stringify({ ...change(await ownRecord(store.paths)), token: "other" });
    await leave(store.paths, record, 50);
    expect(await acquireLock(store.paths, once0)).toBeUndefined();
    await leave(store.paths, record, 70);
    await using lock = await acquireLock(store.paths, once0);
    expect(lock).toBeDefined();
  });

  test.each(["", '{"token":', '{"token":"../../x","pid":1,"host":"h"}'])(
    "after a minute when its record is %j",
    async (content) => {
      await using store = await openStore();
      await leave(store.paths, content, 50);
      expect(await acquireLock(store.paths, once0)).toBeUndefined();
      await leave(store.paths, content, 70);
      await using lock = await acquireLock(store.paths, once0);
      expect(lock).toBeDefined();
    },
  );

  test.each(others)("whose time lies a year ahead, after a clock that was wrong, of an owner %s", async (_, change) => {
    await using store = await openStore();
    const own = await ownRecord(store.paths);
    await leave(store.paths, JSON.stringify({ ...change(own), token: "dead" }), -YEAR);
    await writeFile(`${store.paths.lock}.break-dead`, JSON.stringify({ ...change(own), token: "breaker" }));
    const touched = Date.now() / 1000 + YEAR;
    await utimes(`${store.paths.lock}.break-dead`, touched, touched);
    await using lock = await acquireLock(store.paths, once0);
    expect(lock).toBeDefined();
    expect(await readdir(store.paths.root)).toEqual(["lock"]);
  });

  test("never while its owner lives, however long ago it was touched", async () => {
    await using store = await openStore();
    await using _held = await acquireLock(store.paths, once0);
    await utimes(store.paths.lock, 0, 0);
    expect(await acquireLock(store.paths, once0)).toBeUndefined();
  });

  test("by one only: not while another living process is at it", async () => {
    await using store = await openStore();
    const own = await ownRecord(store.paths);
    await leave(store.paths, JSON.stringify({ ...own, token: "dead", pid: NOBODY }));
    await writeFile(`${store.paths.lock}.break-dead`, JSON.stringify({ ...own, token: "breaker" }));
    await utimes(`${store.paths.lock}.break-dead`, 0, 0);
    expect(await acquireLock(store.paths, once0)).toBeUndefined();
    expect((await readOwner(store.paths.lock)).token).toBe("dead");
  });

  test("by the next one when those who were at it died too", async () => {
    await using store = await openStore();
    const own = await ownRecord(store.paths);
    await leave(store.paths, JSON.stringify({ ...own, token: "dead", pid: NOBODY }));
    for (const [dead, breaker] of [
      ["dead", "first"],
      ["first", "second"],
    ] as const) {
      await writeFile(`${store.paths.lock}.break-${dead}`, JSON.stringify({ ...own, token: breaker, pid: NOBODY }));
    }
    await using lock = await acquireLock(store.paths, once0);
    expect(lock).toBeDefined();
    expect(await readdir(store.paths.root)).toEqual(["lock"]);
  });

  test("once Windows lets go of it, and until then the right to break it has one holder", async () => {
    await using store = await openStore();
    const own = await ownRecord(store.paths);
    await leave(store.paths, JSON.stringify({ ...own, token: "dead", pid: NOBODY }));
    const died = `${store.paths.lock}.break-dead`;
    await writeFile(died, JSON.stringify({ ...own, token: "first", pid: NOBODY }));
    const removals: string[] = [];
    using _disk = await watchDisk(async ({ name, path }) => {
      if (name !== "rm") return;
      removals.push(path.slice(store.paths.lock.length));
      if (removals.length <= 3) throw Object.assign(new Error("EBUSY"), { code: "EBUSY" });
    });
    await using lock = await acquireLock(store.paths, { timeout: 60_000 });
    expect(lock).toBeDefined();
    expect(removals.slice(0, 5)).toEqual(["", ".break-first", "", ".break-first", ""]);
    expect(removals).toContain(".break-dead");
    expect(await readdir(store.paths.root)).toEqual(["lock"]);
  });

  test("and not the one that somebody took meanwhile", async () => {
    await using store = await openStore();
    const own = await ownRecord(store.paths);
    await leave(store.paths, JSON.stringify({ ...own, token: "dead", pid: NOBODY }));
    using _disk = await watchDisk(async ({ name, to }) => {
      // In the last moment before this one has the right to break it.
      if (name === "link" && to?.includes("break-dead") === true)
        await writeFile(store.paths.lock, JSON.stringify({ ...own, token: "faster" }));
    });
    expect(await acquireLock(store.paths, once0)).toBeUndefined();
    expect((await readOwner(store.paths.lock)).token).toBe("faster");
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

// Only Linux tells that a process is one of these.
test.runIf(process.platform === "linux")(
  "an owner that was killed and that nobody has waited for holds nothing",
  async () => {
    await using store = await openStore();
    const own = await ownRecord(store.paths);
    // A shell that becomes `sleep` never waits for its child.
    const parent = spawn("/bin/sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [output] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(output.toString());
    const told = async (): Promise<string> => await readFile(`/proc/${pid}/stat`, "utf8");
    await until(async () => (await told()).includes(") Z "));
    // Its own start, the 22nd field: another one would tell by itself that the owner is gone.
    const started = (await told()).split(" ")[21];
    await leave(store.paths, JSON.stringify({ ...own, token: "zombie", pid, started }));
    await using lock = await acquireLock(store.paths, once0);
    expect(lock).toBeDefined();
    parent.kill("SIGKILL");
    await once(parent, "exit");
  },
);

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
