// Looks for inputs that a reader does not survive, led by what they reach in its code:
// `npm run fuzz -- --target manifest --minutes 10 --seed 7`, or one input again: `--target manifest --input BASE64|FILE`.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { MAX_INPUT_BYTES } from "./edits.ts";
import { describeInput } from "./finding.ts";
import type { HuntNews, HuntOptions, HuntReport, InputFinding } from "./hunt.ts";
import { openPulse, viewPulse, watchPulse } from "./pulse.ts";
import { TARGETS } from "./targets.ts";

const { values } = parseArgs({
  options: {
    target: { type: "string" },
    minutes: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    input: { type: "string" },
  },
});
const seed = Number(values.seed);
const chosen = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
const milliseconds = (Number(values.minutes ?? chosen.length) * 60_000) / Math.max(1, chosen.length);

// No input of this length may take longer, even while coverage is counted and others use the machine.
const LIMIT_MS = 5000;
const HEAP_MB = 256;
// The same mistake again and again is one finding; a target with so many is looked at no more.
const MOST_FINDINGS = 8;

interface Hunted {
  readonly report: HuntReport | undefined;
  readonly findings: readonly InputFinding[];
}

/** One thread until it is done, or cannot go on. */
async function huntOnce(options: Omit<HuntOptions, "shared">, temporary: string): Promise<Hunted> {
  const { shared } = openPulse(MAX_INPUT_BYTES);
  const findings = new Map<string, InputFinding>();
  let report: HuntReport | undefined;
  const thread = new Worker(new URL("hunt.mjs", import.meta.url), {
    workerData: { ...options, shared } satisfies HuntOptions,
    env: { ...process.env, TMPDIR: temporary },
    execArgv: ["--enable-source-maps"],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const note = (finding: InputFinding): void => {
    if (!findings.has(finding.place)) findings.set(finding.place, finding);
    if (findings.size >= MOST_FINDINGS) void thread.terminate();
  };
  const watch = watchPulse(shared, LIMIT_MS, (bytes) => {
    note({ problem: `it does not come to an end within ${LIMIT_MS} ms`, place: "hang", bytes });
    void thread.terminate();
  });
  await new Promise<void>((resolve) => {
    thread.on("message", (news: HuntNews) => {
      if (news.kind === "finding") note(news);
      else report = news;
    });
    // Out of memory, or an error that nobody waited for.
    thread.on("error", (error) => note({ problem: String(error), place: "thread", bytes: viewPulse(shared).bytes }));
    thread.on("exit", () => resolve());
  });
  clearInterval(watch);
  return { report, findings: [...findings.values()] };
}

function formatReport({ runs, functions, all, ran, bySeeds, kept, slowest }: HuntReport): string {
  const percent = (part: number): string => `${Math.round((100 * part) / Math.max(1, all))}%`;
  const reached = `${percent(ran)} of ${functions} functions (seeds ${percent(bySeeds)})`;
  return `${runs} runs, ${reached}, ${kept} inputs kept, slowest ${Math.round(slowest)} ms`;
}

/** An input from the command line: a file's path, or itself. */
function readInput(text: string): Uint8Array {
  return existsSync(text) ? readFileSync(text) : Buffer.from(text, "base64");
}

const root = mkdtempSync(join(tmpdir(), "slipway-fuzz-"));
let failures = 0;
if (chosen.length === 0) {
  console.error(`There is no target ${values.target}. There are: ${TARGETS.map(({ name }) => name).join(", ")}`);
  failures = 1;
}
for (const { name } of chosen) {
  const [corpus, temporary] = [join(root, name), join(root, "temporary")];
  for (const folder of [corpus, temporary]) mkdirSync(folder, { recursive: true });
  const input = values.input === undefined ? {} : { input: readInput(values.input) };
  const { report, findings } = await huntOnce({ target: name, seed, milliseconds, corpus, ...input }, temporary);
  rmSync(temporary, { recursive: true, force: true });
  const figures = report === undefined ? "ended early" : formatReport(report);
  console.log(`${name.padEnd(16)} ${figures}, ${findings.length} findings`);
  for (const { problem, bytes } of findings)
    console.log(`  ${problem.replaceAll("\n", "\n  ")}\n${describeInput(name, bytes)}`);
  failures += findings.length;
}
console.log(`seed ${seed}, corpus in ${root}`);
process.exit(failures === 0 ? 0 : 1);
