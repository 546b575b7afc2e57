import { mkdir, utimes, writeFile } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { acquireLock } from "../../../src/store/lock.ts";
import { openStore } from "./sample.ts";

const between = vi.hoisted(() => ({ call: async (): Promise<unknown> => undefined }));
vi.mock("node:timers/promises", () => ({ setTimeout: async () => await between.call() }));

const HOUR = 3600;
const another = JSON.stringify({ token: "theirs", pid: 2 ** 30, host: "another", space: "another" });

async function touch(path: string, seconds: number): Promise<void> {
  const at = Date.now() / 1000 + seconds;
  await utimes(path, at, at);
}

test("a lock whose time lies hours ahead is broken by whoever waits, unless its owner beats", async () => {
  await using store = await openStore();
  await mkdir(store.paths.root, { recursive: true });
  await writeFile(store.paths.lock, another);
  await touch(store.paths.lock, 3 * HOUR);
  let beats = 0;
  between.call = async () => await touch(store.paths.lock, 3 * HOUR + (beats += 1));
  expect(await acquireLock(store.paths, { timeout: 60_000 })).toBeUndefined();
  expect(beats).toBe(600);
  between.call = async () => undefined;
  await using lock = await acquireLock(store.paths, { timeout: 60_000 });
  expect(lock).toBeDefined();
});
