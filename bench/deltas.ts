// What deltas weigh and take, beside bsdiff and zstd: `node bench/deltas.ts OLD NEW [OLD NEW...]`, or without files for
// the pairs below, which npm brings. Everything that is applied is compared with what it should be.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { npmFile } from "../test/support/npmFile.ts";
import { bundle } from "./harness/bundle.ts";
import { describeBench } from "./harness/machine.ts";
import { printTable } from "./harness/table.ts";
import type { Figures } from "./harness/workDelta.ts";

interface Pair {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

const PAIRS: readonly (readonly [name: string, file: string, before: string, after: string])[] = [
  ["@esbuild/linux-x64", "bin/esbuild", "0.25.0", "0.25.1"],
  ["@esbuild/linux-x64", "bin/esbuild", "0.25.1", "0.25.5"],
  ["@esbuild/linux-arm64", "bin/esbuild", "0.25.0", "0.25.1"],
  ["@esbuild/darwin-arm64", "bin/esbuild", "0.25.0", "0.25.1"],
  ["@esbuild/win32-x64", "esbuild.exe", "0.25.0", "0.25.1"],
  ["lightningcss-linux-x64-gnu", "lightningcss.linux-x64-gnu.node", "1.32.0", "1.33.0"],
  ["@oxlint/linux-x64-gnu", "oxlint.linux-x64-gnu.node", "1.42.0", "1.43.0"],
  ["@swc/core-linux-x64-gnu", "swc.linux-x64-gnu.node", "1.16.21", "1.16.22"],
  ["turbo-linux-64", "bin/turbo", "2.8.16", "2.8.17"],
];

// The least of so many, for whatever takes a moment.
const TRIES = 3;

const work = mkdtempSync(join(tmpdir(), "slipway-deltas-"));
const ours = bundle("workDelta", work);
const named = process.argv.slice(2);
const pairs =
  named.length > 0
    ? Array.from({ length: named.length / 2 }, (_, index) => pairOf(named[2 * index]!, named[2 * index + 1]!))
    : PAIRS.map(([name, file, before, after]) => fetchPair({ name, file, before, after }));
try {
  console.log(`${describeBench(TRIES)}, of which the least\n`);
  printTable(
    [
      "pair",
      "bytes",
      "whole, zstd -19",
      "zstd --patch-from -19",
      "bsdiff",
      "ours",
      "of the better",
      "make, s",
      "apply, s: zstd",
      "bspatch",
      "ours",
      "ours for 50 MB",
      "peak MB",
    ],
    pairs.map(compare),
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}

function pairOf(before: string, after: string): Pair {
  return { name: `${basename(before)} → ${basename(after)}`, before, after };
}

function fetchPair({ name, file, before, after }: { name: string; file: string; before: string; after: string }): Pair {
  const [old, now] = [before, after].map((version) => npmFile(`${name}@${version}`, file)) as [string, string];
  return { name: `${name} ${before} → ${after}`, before: old, after: now };
}

function compare({ name, before, after }: Pair): string[] {
  const at = (file: string): string => join(work, file);
  const zstd = ["-q", "-f", "-19", "--long=31"];
  execute("zstd", [...zstd, after, "-o", at("whole")]);
  execute("zstd", [...zstd, `--patch-from=${before}`, after, "-o", at("zstd")]);
  execute("bsdiff", [before, after, at("bsdiff")]);
  const make = execute(process.execPath, [ours, "--make", before, after, at("ours")]).seconds;
  const byZstd = ["-q", "-f", "-d", "--long=31", `--patch-from=${before}`, at("zstd"), "-o", at("made")];
  const byOurs = [ours, "--apply", before, at("ours"), String(sizeOf(after)), at("made")];
  const makes = (command: string, args: readonly string[]): { output: string; seconds: number } => {
    const done = execute(command, args);
    check(at("made"), after);
    return done;
  };
  const leastOf = (seconds: () => number): number => Math.min(...Array.from({ length: TRIES }, seconds));
  const zstdSeconds = leastOf(() => makes("zstd", byZstd).seconds);
  const bspatchSeconds = leastOf(() => makes("bspatch", [before, at("made"), at("bsdiff")]).seconds);
  let peak = 0;
  // Without the start of Node, which a launcher has behind it.
  const ourSeconds = leastOf(() => {
    const figures = JSON.parse(makes(process.execPath, byOurs).output) as Figures;
    peak = Math.max(peak, figures.peak);
    return figures.seconds;
  });

  const better = Math.min(sizeOf(at("zstd")), sizeOf(at("bsdiff")));
  const sizes = [after, ...["whole", "zstd", "bsdiff", "ours"].map(at)].map((file) =>
    sizeOf(file).toLocaleString("en"),
  );
  const times = [make, zstdSeconds, bspatchSeconds, ourSeconds, (ourSeconds * 50e6) / sizeOf(after)];
  const share = (sizeOf(at("ours")) / better).toFixed(2);
  return [name, ...sizes, share, ...times.map((time) => time.toFixed(2)), String(peak)];
}

function execute(command: string, args: readonly string[]): { output: string; seconds: number } {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`);
  return { output: stdout, seconds: (performance.now() - started) / 1000 };
}

function check(made: string, expected: string): void {
  if (!readFileSync(made).equals(readFileSync(expected))) throw new Error(`${made} is not ${expected}`);
}

function sizeOf(file: string): number {
  return statSync(file).size;
}
