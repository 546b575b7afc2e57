// What deltas weigh and take, beside bsdiff and zstd: `node bench/deltas.ts OLD NEW [OLD NEW...]`, or without files for
// the pairs below, which npm brings. Everything that is applied is compared with what it should be.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { npmFile } from "../test/support/npmFile.ts";

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

const work = mkdtempSync(join(tmpdir(), "slipway-deltas-"));
const [mode, ...files] = process.argv.slice(2);

if (mode === "--make" || mode === "--apply") await runOurs(mode, files);
else {
  const named = process.argv.slice(2);
  const pairs =
    named.length > 0
      ? Array.from({ length: named.length / 2 }, (_, index) => pairOf(named[2 * index]!, named[2 * index + 1]!))
      : PAIRS.map(([name, file, before, after]) => fetchPair({ name, file, before, after }));
  console.log(
    "| pair | bytes | whole, zstd -19 | zstd --patch-from -19 | bsdiff | ours | of the better | make s | apply s: zstd | bspatch | ours | ours for 50 MB | MB in memory |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
  for (const pair of pairs) console.log(compare(pair));
}
rmSync(work, { recursive: true, force: true });

function pairOf(before: string, after: string): Pair {
  return { name: `${basename(before)} → ${basename(after)}`, before, after };
}

function fetchPair({ name, file, before, after }: { name: string; file: string; before: string; after: string }): Pair {
  const [old, now] = [before, after].map((version) => npmFile(`${name}@${version}`, file)) as [string, string];
  return { name: `${name} ${before} → ${after}`, before: old, after: now };
}

function compare({ name, before, after }: Pair): string {
  const at = (file: string): string => join(work, file);
  const zstd = ["-q", "-f", "-19", "--long=31"];
  execute("zstd", [...zstd, after, "-o", at("whole")]);
  execute("zstd", [...zstd, `--patch-from=${before}`, after, "-o", at("zstd")]);
  execute("bsdiff", [before, after, at("bsdiff")]);
  const made = execute(process.execPath, [process.argv[1]!, "--make", before, after, at("ours")]);
  const byZstd = execute("zstd", ["-q", "-f", "-d", "--long=31", `--patch-from=${before}`, at("zstd"), "-o", at("a")]);
  check(at("a"), after);
  const byBspatch = execute("bspatch", [before, at("b"), at("bsdiff")]);
  check(at("b"), after);
  const applied = execute(process.execPath, [
    process.argv[1]!,
    "--apply",
    before,
    at("ours"),
    String(sizeOf(after)),
    at("c"),
  ]);
  check(at("c"), after);

  const [ours, better] = [sizeOf(at("ours")), Math.min(sizeOf(at("zstd")), sizeOf(at("bsdiff")))];
  const { seconds, megabytes } = JSON.parse(applied.output) as { seconds: number; megabytes: number };
  const sizes = [after, at("whole"), at("zstd"), at("bsdiff"), at("ours")].map((file) =>
    sizeOf(file).toLocaleString("en"),
  );
  const times = [made.seconds, byZstd.seconds, byBspatch.seconds, seconds, (seconds * 50e6) / sizeOf(after)];
  return `| ${[name, ...sizes, (ours / better).toFixed(2), ...times.map((time) => time.toFixed(2)), megabytes].join(" | ")} |`;
}

/** In a process of its own, so that memory and warming up are counted as a person has them. */
async function runOurs(what: string, [before, file, sizeOrOutput, output]: readonly string[]): Promise<void> {
  const old = readFileSync(before!);
  const content = readFileSync(file!);
  if (what === "--make") {
    const { makeDelta } = await import("../src/delta/make/makeDelta.ts");
    writeFileSync(sizeOrOutput!, makeDelta(old, content));
    return;
  }
  const { applyDelta } = await import("../src/delta/applyDelta.ts");
  const started = performance.now();
  const chunks: Uint8Array[] = [];
  for await (const chunk of applyDelta(old, content, { size: Number(sizeOrOutput) })) chunks.push(chunk);
  const seconds = (performance.now() - started) / 1000;
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  writeFileSync(output!, Buffer.concat(chunks));
  console.log(JSON.stringify({ seconds, megabytes }));
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
