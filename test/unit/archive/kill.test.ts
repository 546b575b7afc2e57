import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLayout } from "../../../src/archive/layout.ts";
import { copyGraph } from "../../../src/oci/copy.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { watchDisk } from "../store/disk.ts";
import { bundleScript } from "../store/script.ts";
import { pushRelease } from "./release.ts";

// A process is really killed before every step that a push takes on the disk, and halfway through the writes; then the
// layout is opened again.

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let script: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  script = await bundleScript(new URL("./child.ts", import.meta.url), directory.path);
  await pushRelease(join(directory.path, "base"), "1.0.0");
});

afterAll(async () => await directory[Symbol.asyncDispose]());

test.each(["base", "nothing"].flatMap((base) => [0, 1, 2, 3].map((first) => [base, first] as const)))(
  "a push onto %s that is killed leaves a whole layout, and can be done again (every fourth step, from %i)",
  async (base, first) => {
    const steps = await listSteps(base, `counting-${first}`);
    expect(steps.length).toBeGreaterThan(30);
    const points = steps.flatMap((name, step) =>
      name === "handle.writeFile"
        ? ([
            [step, "before"],
            [step, "halfway"],
          ] as const)
        : ([[step, "before"]] as const),
    );
    const queue = points.filter((_, point) => point % 4 === first).values();
    await Promise.all(
      [1, 2].map(async () => {
        for (const [step, when] of queue) await killAt(base, step, when);
      }),
    );
  },
);

async function listSteps(base: string, name: string): Promise<string[]> {
  const layout = await openCopy(base, name);
  const names: string[] = [];
  using _disk = await watchDisk(async ({ name }) => void names.push(name));
  await pushRelease(layout, "1.1.0");
  return names;
}

async function killAt(base: string, step: number, when: "before" | "halfway"): Promise<void> {
  const layout = await openCopy(base, `${when}-${step}`);
  const child = spawn(process.execPath, [script, layout, "1.1.0", String(step), when], { stdio: "ignore" });
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
  const tags = await checkLayout(layout);
  expect(tags.filter((tag) => tag !== "1.1.0")).toEqual(base === "base" ? ["1.0.0"] : []);
  const index = await pushRelease(layout, "1.1.0");
  expect(await checkLayout(layout)).toContain("1.1.0");
  // Listed as well, not just lying there: its type is known.
  const again = await openLayout(layout);
  expect(await again.resolve(index.digest)).toEqual(index);
  expect((await again.manifests()).length).toBe(base === "base" ? 6 : 3);
}

/** Everything that a tag leads to is there and right, and nothing is there that is not what its name says. */
async function checkLayout(path: string): Promise<string[]> {
  const layout = await openLayout(path);
  const tags = await layout.tags().catch(() => []);
  for (const tag of tags) await copyGraph(layout, openMemory(), await layout.resolve(tag));
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    if (entry.parentPath === path) {
      expect(["index.json", "oci-layout"]).toContain(entry.name);
      continue;
    }
    const file = join(entry.parentPath, entry.name);
    expect(`${basename(entry.parentPath)}:${entry.name}`).toBe(digestOf(await readFile(file)));
  }
  return tags;
}

async function openCopy(base: string, name: string): Promise<string> {
  const copy = join(directory.path, `${base}-${name}`);
  if (base === "base") await cp(join(directory.path, base), copy, { recursive: true });
  return copy;
}
