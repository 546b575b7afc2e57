import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import type { Activation } from "../../../src/store/activation.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { readUsableActivation } from "../../../src/store/usable.ts";
import { repair } from "../../../src/update/repair.ts";
import { update } from "../../../src/update/update.ts";
import { noise } from "../../support/bytes.ts";
import { pushSample } from "../../support/sample.ts";
import { updateContext } from "../../support/updateContext.ts";
import { watchDisk } from "../store/disk.ts";
import { openStore } from "../store/sample.ts";

const options = { waitForLock: 0, deadline: 60_000 };
const right = noise(4000, "sample/linux/amd64");

/** One version is installed and runs; a byte of its program is another one by now. */
async function openDamaged() {
  const store = await openStore();
  const registry = openMemory();
  await pushSample(registry, { tag: "1.0.0" });
  const context = updateContext(store.paths, { open: async () => registry });
  const request = { request: { kind: "latest" }, requestText: "latest", ...options } as const;
  expect(await update(context, request)).toMatchObject({ kind: "activated" });
  const program = programOf(store.paths);
  await writeFile(program, Buffer.concat([right.subarray(0, 3999), Buffer.from([1 + (right[3999] ?? 0)])]));
  const offline = updateContext(store.paths, {
    open: async () => {
      throw new AppError("unavailable", "there is no network");
    },
  });
  return { ...store, context, offline, request, program };
}

function programOf(paths: StorePaths): string {
  const current = readUsableActivation(paths)?.current;
  if (current === undefined) throw new Error("nothing runs");
  return join(paths.versions, current.directory, current.executable);
}

describe("a damaged version that is the only one", () => {
  test("runs at each moment until the copy that was fetched does", async () => {
    await using store = await openDamaged();
    const before = readUsableActivation(store.paths);
    const ran = new Set<string>();
    {
      using _disk = await watchDisk(async () => void ran.add(programOf(store.paths)));
      expect(await repair(store.context, options)).toMatchObject([{ version: "1.0.0", outcome: "fetched" }]);
    }
    const program = programOf(store.paths);
    expect([...ran]).toEqual([store.program, program]);
    expect(right.equals(await readFile(program))).toBe(true);
    const after = JSON.parse(await readFile(store.paths.activation, "utf8")) as Activation;
    const { directory } = after.current;
    expect({ ...after, current: { ...after.current, directory: before?.current.directory } }).toEqual(before);
    expect((await readdir(store.paths.versions)).sort()).toEqual(["", ".files", ".json"].map((end) => directory + end));
    expect(await repair(store.context, options)).toMatchObject([{ version: "1.0.0", outcome: "whole" }]);
  });

  test.each([
    ["is lost", async ({ activation }: StorePaths) => await rm(activation)],
    ["is damaged", async ({ activation }: StorePaths) => await writeFile(activation, "{")],
    ["is there", async () => undefined],
  ])("stays where it cannot be fetched, when active.json %s", async (_, spoil) => {
    await using store = await openDamaged();
    await spoil(store.paths);
    await expect(repair(store.offline, options)).rejects.toMatchObject({ code: "unavailable" });
    expect(programOf(store.paths)).toBe(store.program);
  });

  test("is fetched again although active.json is lost", async () => {
    await using store = await openDamaged();
    await rm(store.paths.activation);
    expect(await repair(store.context, options)).toMatchObject([{ version: "1.0.0", outcome: "fetched" }]);
    expect(right.equals(await readFile(programOf(store.paths)))).toBe(true);
    expect(existsSync(store.program)).toBe(false);
  });
});

test("an update that is killed before active.json leads to the new copy comes to its end the next time", async () => {
  await using store = await openDamaged();
  await writeFile(store.program, "");
  {
    using _disk = await watchDisk(async ({ name, to }) => {
      if (name === "rename" && to === store.paths.activation) throw new Error("killed");
    });
    expect(await update(store.context, store.request)).toMatchObject({ kind: "failed", error: { message: "killed" } });
  }
  expect(right.equals(await readFile(programOf(store.paths)))).toBe(true);
  expect(await update(store.context, store.request)).toEqual({ kind: "up-to-date" });
  const read = JSON.parse(await readFile(store.paths.activation, "utf8")) as Activation;
  expect(join(store.paths.versions, read.current.directory, read.current.executable)).toBe(programOf(store.paths));
});
