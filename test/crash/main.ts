// Kills launchers by chance, as often as it is told: `npm run test:crash -- --runs 1000 --seed 7 --platform windows`.
import { parseArgs } from "node:util";
import { buildPrograms } from "../support/builtPrograms.ts";
import { attempt, checkAfter, type Kill } from "./attempt.ts";
import type { Lab } from "./computer.ts";
import { NEVER } from "./plan.ts";
import { openRandom, type Random } from "../support/random.ts";
import { openLab, type Scenario, scenariosOf } from "./scenarios.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    platform: { type: "string", default: "linux" },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
const system = values.platform === "windows" ? "windows" : "linux";
// Later than most launches take.
const LONGEST_MS = 400;
const MOST_KILLS = 3;

/** How many steps each scenario has, so that chance finds one of them. */
async function countSteps(lab: Lab): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const scenario of scenariosOf(lab)) {
    await using computer = await lab.open(scenario.state);
    const steps = await attempt(computer, scenario, { kind: "step", step: NEVER, halfway: false });
    counts.set(scenario.name, steps.length);
  }
  return counts;
}

/** A moment in time on Linux alone: killing wine's loader does not kill what runs in it. */
function chooseKill(random: Random, steps: number): Kill {
  if (system === "linux" && random.next() < 0.3) return { kind: "moment", ms: random.integer(LONGEST_MS) };
  return { kind: "step", step: random.integer(steps), halfway: random.next() < 0.3 };
}

async function play(lab: Lab, scenario: Scenario, kills: readonly Kill[]): Promise<string[]> {
  await using computer = await lab.open(scenario.state);
  // One after the other, as somebody does who loses patience.
  for (const kill of kills) await attempt(computer, scenario, kill);
  return await checkAfter(computer, scenario);
}

// npm starts this in the project's folder.
const lab = await openLab(system, await buildPrograms(process.cwd()));
const counts = await countSteps(lab);
const tally = new Map<string, { runs: number; kills: number; failures: number }>();
let next = 0;
let failures = 0;

async function work(): Promise<void> {
  while (next < runs) {
    const run = next;
    next += 1;
    // Each run has its own numbers, whoever plays it.
    const random = openRandom(seed * 1_000_003 + run);
    const scenario = random.pick(scenariosOf(lab));
    const steps = counts.get(scenario.name) ?? 1;
    const kills = Array.from({ length: 1 + random.integer(MOST_KILLS) }, () => chooseKill(random, steps));
    const entry = tally.get(scenario.name) ?? { runs: 0, kills: 0, failures: 0 };
    tally.set(scenario.name, entry);
    const problems = await play(lab, scenario, kills).catch((error: unknown) => [String(error)]);
    entry.runs += 1;
    entry.kills += kills.length;
    if (problems.length > 0) {
      entry.failures += 1;
      failures += 1;
      console.log(`run ${run}, ${scenario.name}, ${JSON.stringify(kills)}:\n  ${problems.join("\n  ")}`);
    }
    if (process.stdout.isTTY) process.stdout.write(`\r${run + 1} of ${runs}`);
    else if ((run + 1) % 100 === 0) console.log(`${run + 1} of ${runs}, ${failures} failures`);
  }
}

await Promise.all(Array.from({ length: system === "linux" ? 2 : 1 }, work));
await lab[Symbol.asyncDispose]();
console.log("");
for (const [name, entry] of tally)
  console.log(`${name.padEnd(24)} ${entry.runs} runs, ${entry.kills} kills, ${entry.failures} failures`);
console.log(`${runs} runs, ${failures} failures, seed ${seed}`);
process.exit(failures === 0 ? 0 : 1);
