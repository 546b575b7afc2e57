// Looks for inputs that a reader does not survive, led by what they reach in its code:
// `npm run fuzz -- --target manifest --minutes 10 --seed 7`, or one input again: `--target manifest --input BASE64|FILE`.
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeInput } from "./finding.ts";
import type { HuntNews, HuntOptions, HuntReport, InputFinding } from "./hunt.ts";
import { viewPulse, watchPulse } from "./pulse.ts";
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
// Node's exit code where nothing is left to do and somebody still waits.
const UNSETTLED = 13;
// The same mistake again and again is one finding; a target with so many is looked at no more.
const MOST_FINDINGS = 8;

interface Hunted {
  readonly report: HuntReport | undefined;
  readonly findings: readonly InputFinding[];
}

/** One process until it is done, or cannot go on: running out of memory ends all that is in it. */
async function huntOnce(options: HuntOptions, temporary: string): Promise<Hunted> {
  const findings = new Map<string, InputFinding>();
  let report: HuntReport | undefined;
  let said = "";
  writeFileSync(options.pulse, "");
  const child = fork(fileURLToPath(new URL("hunt.mjs", import.meta.url)), [JSON.stringify(options)], {
    serialization: "advanced",
    execArgv: ["--enable-source-maps", `--max-old-space-size=${HEAP_MB}`],
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const note = (finding: InputFinding): void => {
    if (!findings.has(finding.place)) findings.set(finding.place, finding);
    if (findings.size >= MOST_FINDINGS) child.kill("SIGKILL");
  };
  const watch = watchPulse(options.pulse, LIMIT_MS, (bytes) => {
    note({ problem: `it does not come to an end within ${LIMIT_MS} ms`, place: "hang", bytes });
    child.kill("SIGKILL");
  });
  child.on("message", (news: HuntNews) => {
    if (news.kind === "finding") note(news);
    else report = news;
  });
  const [code] = (await once(child, "close")) as [code: number | null];
  clearInterval(watch);
  if (report === undefined && findings.size === 0) {
    // Out of memory, or an error that nobody waited for.
    const [told = said] = /^(?:FATAL ERROR: .*|\w*Error: [^]*)$/m.exec(said) ?? [];
    const problem = code === UNSETTLED ? "it waits for what never comes" : told;
    note({ problem: problem.slice(0, 1000), place: "process", bytes: viewPulse(options.pulse).bytes });
  }
  return { report, findings: [...findings.values()] };
}

function formatReport({ runs, functions, all, ran, bySeeds, kept, slowest }: HuntReport): string {
  const percent = (part: number): string => `${Math.round((100 * part) / Math.max(1, all))}%`;
  const reached = `${percent(ran)} of ${functions} functions (seeds ${percent(bySeeds)})`;
  return `${runs} runs, ${reached}, ${kept} inputs kept, slowest ${Math.round(slowest)} ms`;
}

/** The file of an input from the command line, which is its path or itself. */
function fileOf(text: string): string {
  if (existsSync(text)) return text;
  const file = join(root, "input");
  writeFileSync(file, Buffer.from(text, "base64"));
  return file;
}

const root = mkdtempSync(join(tmpdir(), "slipway-fuzz-"));
const pulse = join(root, "pulse");
let failures = 0;
if (chosen.length === 0) {
  console.error(`There is no target ${values.target}. There are: ${TARGETS.map(({ name }) => name).join(", ")}`);
  failures = 1;
}
for (const { name } of chosen) {
  const [corpus, temporary] = [join(root, name), join(root, "temporary")];
  for (const folder of [corpus, temporary]) mkdirSync(folder, { recursive: true });
  const input = values.input === undefined ? {} : { input: fileOf(values.input) };
  const { report, findings } = await huntOnce({ target: name, seed, milliseconds, corpus, pulse, ...input }, temporary);
  rmSync(temporary, { recursive: true, force: true });
  const figures = report === undefined ? "ended early" : formatReport(report);
  console.log(`${name.padEnd(16)} ${figures}, ${findings.length} findings`);
  for (const { problem, bytes } of findings)
    console.log(`  ${problem.replaceAll("\n", "\n  ")}\n${describeInput(name, bytes)}`);
  failures += findings.length;
}
console.log(`seed ${seed}, corpus in ${root}`);
process.exit(failures === 0 ? 0 : 1);
