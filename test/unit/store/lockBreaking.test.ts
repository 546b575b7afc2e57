import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { acquireLock } from "../../../src/store/lock.ts";
import type { Owner } from "../../../src/store/lockFile.ts";
import { watchDisk } from "./disk.ts";
import { leave, NOBODY, once0, ownRecord, readOwner, until } from "./lockRecord.ts";
import { openStore } from "./sample.ts";

/** In seconds. */
const YEAR = 365 * 24 * 3600;

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
