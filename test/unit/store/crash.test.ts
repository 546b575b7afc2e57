import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { storePaths } from "../../../src/store/paths.ts";
import { readInstalled } from "../../../src/store/versions.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { perform } from "./changes.ts";
import { watchDisk } from "./disk.ts";
import { checkStore } from "./invariants.ts";
import { bundleScript } from "./script.ts";

// A process is really killed before every step that an update takes on the disk, and halfway through those that have
// halves; then the store is opened again.

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let script: string;
let steps: readonly string[];

beforeAll(async () => {
  directory = await temporaryDirectory();
  script = await bundleScript(new URL("./child.ts", import.meta.url), directory.path);
  // 1.0.0 runs, 0.9.0 ran before it, and 0.8.0 is one that an update to 1.1.0 will collect together with 0.9.0.
  const base = storePaths(join(directory.path, "base"));
  for (const version of ["0.8.0", "0.9.0", "1.0.0"]) {
    await perform(base, { kind: "update", version, keep: 3 });
    await perform(base, { kind: "confirm" });
  }
  steps = await listSteps();
});

afterAll(async () => await directory[Symbol.asyncDispose]());

async function openCopy(name: string) {
  const root = join(directory.path, name);
  await cp(join(directory.path, "base"), root, { recursive: true, preserveTimestamps: true });
  return storePaths(root);
}

/** The steps of the whole update, by their names. */
async function listSteps(): Promise<string[]> {
  const paths = await openCopy("counting");
  const names: string[] = [];
  using _disk = await watchDisk(async ({ name }) => void names.push(name));
  await perform(paths, { kind: "update", version: "1.1.0", keep: 2 });
  return names;
}

async function killAt(step: number, when: "before" | "halfway"): Promise<void> {
  const paths = await openCopy(`${when}-${step}`);
  const child = spawn(process.execPath, [script, paths.root, "1.1.0", String(step), when], {
    stdio: "ignore",
  });
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);

  const after = checkStore(paths);
  expect(["1.0.0", "1.1.0"]).toContain(after?.current.version);
  expect(after?.previous?.version).toBe(after?.current.version === "1.1.0" ? "1.0.0" : "0.9.0");

  // The dead lock is nobody's, the update comes to its end, and nothing is left of the attempt.
  await perform(paths, { kind: "update", version: "1.1.0", keep: 2 });
  expect(checkStore(paths)).toMatchObject({ current: { version: "1.1.0" }, previous: { version: "1.0.0" } });
  const versions = readInstalled(paths).map(({ version }) => version);
  expect(versions.sort()).toEqual(["1.0.0", "1.1.0"]);
  expect(await readdir(paths.versions)).toHaveLength(6);
  const lockFiles = (await readdir(paths.root)).filter((name) => name.endsWith(".tmp") || name === "lock");
  expect(lockFiles).toEqual([]);
}

/** Two at a time. */
async function killAtEach(points: readonly number[], when: "before" | "halfway"): Promise<void> {
  const queue = points.values();
  await Promise.all(
    [1, 2].map(async () => {
      for (const step of queue) await killAt(step, when);
    }),
  );
}

describe("a process that is killed during an update leaves a version that runs", () => {
  test.each([0, 1, 2, 3])("before any step (every fourth, from %i)", async (first) => {
    expect(steps.length).toBeGreaterThan(40);
    await killAtEach(
      [...steps.keys()].filter((step) => step % 4 === first),
      "before",
    );
  });

  test("halfway through a write or a removal", async () => {
    const points = [...steps.keys()].filter((step) =>
      ["handle.writeFile", "writeFile", "rm"].includes(steps[step] ?? ""),
    );
    expect(points.length).toBeGreaterThan(8);
    await killAtEach(points, "halfway");
  });
});
