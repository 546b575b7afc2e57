import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../support/temporary.ts";
import { bundleScript } from "./script.ts";

async function contend(script: string, args: readonly string[]) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const [[code, signal], stderr] = await Promise.all([once(child, "exit"), text(child.stderr)]);
  return { end: (code ?? signal) as number | string, stderr };
}

test("of many processes one at a time has the lock, also when some are killed while they have it", async () => {
  await using directory = await temporaryDirectory();
  const script = await bundleScript(new URL("./contender.ts", import.meta.url), directory.path);
  const root = join(directory.path, "store");
  await mkdir(root);
  // All find this one dead at the same moment.
  await contend(script, [root, "1", "dies"]);

  const working = await Promise.all([
    ...[1, 2, 3].map(async () => await contend(script, [root, "5"])),
    ...[1, 2, 3, 4].map(async () => await contend(script, [root, "1", "dies"])),
  ]);
  expect(working.map(({ stderr }) => stderr).join("")).toBe("");
  expect(working.map(({ end }) => end)).toEqual([0, 0, 0, "SIGKILL", "SIGKILL", "SIGKILL", "SIGKILL"]);
  const last = await contend(script, [root, "1"]);
  expect(last.end).toBe(0);
  expect((await readdir(root)).filter((name) => name === "lock" || name.startsWith("lock.break"))).toEqual([]);
});
