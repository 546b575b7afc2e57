// Everything, one after the other: run with `npm run bench`, best on a machine that does nothing else, for it takes
// about an hour. The tables go to bench/results.md. Each of them can be had alone: `npm run bench:launch` and so on.
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeMachine } from "./harness/machine.ts";

const RESULTS = join(import.meta.dirname, "results.md");
const BENCHES: readonly { readonly title: string; readonly file: string; readonly folder?: string }[] = [
  { title: "Starting", file: "launch.ts" },
  { title: "Starting with nothing of it in memory", file: "launchCold.ts" },
  { title: "Starting under wine", file: "launchWine.ts" },
  { title: "First installs, updates, checks", file: "updates.ts" },
  { title: "Deltas", file: "deltas.ts" },
  { title: "Many tags", file: "tags.ts" },
  // Of gigabytes on a disk the disk is all that is measured.
  { title: "Push and pull", file: "transfer.ts", folder: "/dev/shm" },
  { title: "One large file", file: "ranges.ts" },
  { title: "The gateway", file: "serve.ts" },
];

const parts = [`# Measured on ${new Date().toISOString().slice(0, 10)}\n\n${describeMachine()}.\n`];
for (const { title, file, folder } of BENCHES) {
  console.error(`${title} ...`);
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, file)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    ...(folder !== undefined && existsSync(folder) ? { env: { ...process.env, TMPDIR: folder } } : {}),
  });
  // One that fails leaves the others their figures.
  if (status !== 0) process.exitCode = 1;
  parts.push(`## ${title}\n\n${stdout.trim()}\n${status === 0 ? "" : "\n(It failed half-way.)\n"}`);
  writeFileSync(RESULTS, parts.join("\n"));
}
console.log(parts.join("\n"));
