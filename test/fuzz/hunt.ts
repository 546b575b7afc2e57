// The process of `npm run fuzz` in which a target runs: whatever reaches code that nothing before it has reached is kept
// and changed further.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRandom, type Random } from "../support/random.ts";
import { type Coverage, startCoverage } from "./coverage.ts";
import { applyEdits, type Edit, EDITS, pick } from "./edits.ts";
import { examine, type Finding } from "./examine.ts";
import { openPulse } from "./pulse.ts";
import { TARGETS } from "./targets.ts";

export interface HuntOptions {
  readonly target: string;
  /** The file that shows what is under way. */
  readonly pulse: string;
  readonly seed: number;
  readonly milliseconds: number;
  /** Where inputs that reached something new are kept. */
  readonly corpus: string;
  /** The file of an input: only this, once. */
  readonly input?: string;
}

/** What the process tells. */
export type HuntNews = ({ readonly kind: "finding" } & InputFinding) | ({ readonly kind: "done" } & HuntReport);

export type InputFinding = Omit<Finding, "cause"> & { readonly bytes: Uint8Array };

export interface HuntReport extends ReturnType<Coverage["measure"]> {
  readonly runs: number;
  /** Characters of our own code that ran for the seeds. */
  readonly bySeeds: number;
  readonly kept: number;
  /** Milliseconds. */
  readonly slowest: number;
}

// Asking for coverage takes as long as many runs.
const BATCH = 40;
const MAX_EDITS = 5;
// Long and deep inputs make everything slow.
const SELDOM = 0.02;

const common = EDITS.filter((kind) => kind !== "long" && kind !== "nest");
const options = JSON.parse(process.argv[2] ?? "") as HuntOptions;
const target = TARGETS.find(({ name }) => name === options.target);
if (target === undefined) throw new Error(`there is no target ${options.target}`);
const { seeds } = target;
const pulse = openPulse(options.pulse);
const tell = (news: HuntNews): void => void process.send?.(news);
let [runs, slowest] = [0, 0];

if (options.input === undefined) await hunt();
else {
  await once(readFileSync(options.input));
  tell({ kind: "done", runs, slowest, kept: 0, bySeeds: 0, functions: 0, all: 0, ran: 0 });
}
process.disconnect();

async function hunt(): Promise<void> {
  const random = openRandom(options.seed);
  const corpus: Uint8Array[] = [...seeds];
  const coverage = startCoverage(import.meta.url);
  for (const seed of seeds) await once(seed);
  coverage.take({ learn: true });
  const { ran: bySeeds } = coverage.measure();
  const end = performance.now() + options.milliseconds;
  while (performance.now() < end) {
    const batch = Array.from({ length: BATCH }, () => vary(corpus, random));
    for (const bytes of batch) await once(bytes);
    if (!coverage.take({ learn: false })) continue;
    // Which of them it was shows when each runs by itself.
    for (const bytes of batch) {
      await once(bytes);
      if (!coverage.take({ learn: true })) continue;
      writeFileSync(join(options.corpus, String(corpus.length)), bytes);
      corpus.push(bytes);
    }
  }
  tell({ kind: "done", runs, slowest, kept: corpus.length - seeds.length, bySeeds, ...coverage.measure() });
}

function vary(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  // What was found last is nearest to what was not found yet.
  const recent = random.next() < 0.5 ? corpus.slice(-20) : corpus;
  const edits = Array.from({ length: 1 + random.integer(MAX_EDITS) }, (): Edit => {
    const kind = random.next() < SELDOM ? random.pick(EDITS) : random.pick(common);
    return { kind, at: random.integer(2 ** 31), value: random.integer(2 ** 31) };
  });
  return applyEdits(pick(recent, random.integer(recent.length)), edits, corpus);
}

async function once(bytes: Uint8Array): Promise<void> {
  const start = performance.now();
  const finding = target === undefined ? undefined : await examine(target, bytes, pulse);
  runs += 1;
  slowest = Math.max(slowest, performance.now() - start);
  if (finding !== undefined) tell({ kind: "finding", problem: finding.problem, place: finding.place, bytes });
}
