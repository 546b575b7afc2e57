import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openArchive } from "../../../src/archive/openArchive.ts";
import { copyGraph } from "../../../src/oci/copy.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { watchDisk } from "../store/disk.ts";
import { bundleScript } from "../store/script.ts";
import { writeArchive } from "./writeArchive.ts";

// A process is really killed before every step that the writing of an archive takes on the disk.

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let script: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  script = await bundleScript(new URL("./archiveChild.ts", import.meta.url), directory.path);
});

afterAll(async () => await directory[Symbol.asyncDispose]());

test.each(["layout", "docker"].flatMap((kind) => ["precious", undefined].map((before) => [kind, before] as const)))(
  "a %s archive whose writer is killed is what was there before, %s, and can be written again",
  async (kind, before) => {
    const steps = await countSteps(kind);
    expect(steps).toBeGreaterThan(4);
    for (let step = 0; step < steps; step += 1) {
      const folder = join(directory.path, `${kind}-${before}-${step}`);
      await mkdir(folder);
      const file = join(folder, "app.tar");
      if (before !== undefined) await writeFile(file, before);
      const child = spawn(process.execPath, [script, file, kind, String(step), "before"], { stdio: "ignore" });
      expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
      const found = await readFile(file, "latin1").catch(() => undefined);
      // After the rename, which is almost the last step, it is the whole new one.
      if (found !== before) await readWhole(file);
      for (const name of await readdir(folder)) expect(name).toMatch(/^app\.tar(\..*part.*)?$/);
      await writeArchive(file, kind);
      await readWhole(file);
    }
  },
);

async function countSteps(kind: string): Promise<number> {
  let steps = 0;
  const folder = await temporaryDirectory();
  {
    using _disk = await watchDisk(async () => void (steps += 1));
    await writeArchive(join(folder.path, "app.tar"), kind);
  }
  await folder[Symbol.asyncDispose]();
  return steps;
}

async function readWhole(file: string): Promise<void> {
  await using archive = await openArchive(file);
  await copyGraph(archive, openMemory(), await archive.resolve("1.0"));
}
