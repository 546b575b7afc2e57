import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { canRunWindows } from "../support/windowsSandbox.ts";
import { attempt, checkAfter } from "./attempt.ts";
import type { Lab } from "./computer.ts";
import { NEVER } from "./plan.ts";
import { openLab, type Scenario, scenariosOf } from "./scenarios.ts";

// The compiled launcher is really killed before each change that it makes, and halfway through those that have halves;
// then the program is started again.

/** Of a long row of equal steps, such as a file that is written in pieces, the first, the last and one between. */
function walk(steps: readonly string[]): number[] {
  const points: number[] = [];
  for (let start = 0; start < steps.length;) {
    let end = start;
    while (end + 1 < steps.length && steps[end + 1] === steps[start]) end += 1;
    points.push(...new Set([start, Math.floor((start + end) / 2), end]));
    start = end + 1;
  }
  return points;
}

const HALVES = /writeFile|writeSync|copyFile|^rm$|append/;

async function listSteps(lab: Lab, scenario: Scenario): Promise<string[]> {
  await using computer = await lab.open(scenario.state);
  const steps = await attempt(computer, scenario, { kind: "step", step: NEVER, halfway: false });
  return steps.filter((name) => name !== "ended");
}

/** @returns what is not right afterwards. */
async function killAt(lab: Lab, scenario: Scenario, [step, halfway]: readonly [number, boolean]): Promise<string[]> {
  await using computer = await lab.open(scenario.state);
  // A download comes in fewer pieces at times: then it has come to its end, and that is right as well.
  const steps = await attempt(computer, scenario, { kind: "step", step, halfway });
  const where = `${halfway ? "halfway through" : "before"} step ${step} (${steps.at(-2) ?? "none"})`;
  return (await checkAfter(computer, scenario)).map((problem) => `${where}: ${problem}`);
}

interface Walk {
  readonly stride: number;
  readonly halves: boolean;
  readonly atOnce: number;
}

/** @returns what is not right after any of the kills. */
async function walkAll(lab: Lab, scenario: Scenario, { stride, halves, atOnce }: Walk): Promise<string[]> {
  const steps = await listSteps(lab, scenario);
  if (steps.length <= 3) throw new Error(`there is nothing to walk: ${steps.join(" ")}`);
  const points = walk(steps)
    .filter((_, position) => position % stride === 0)
    .flatMap((step) =>
      [false, ...(halves && HALVES.test(steps[step] ?? "") ? [true] : [])].map((half) => [step, half] as const),
    );
  const queue = points.values();
  const problems: string[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const point of queue) problems.push(...(await killAt(lab, scenario, point)));
    }),
  );
  return problems;
}

const programs = () => ({ cli: inject("cli"), cache: inject("cache") });
const MINUTES = 60_000;

describe("a launcher that is killed at any step leaves a program that runs", () => {
  let lab: Lab;
  beforeAll(async () => void (lab = await openLab("linux", programs())));
  afterAll(async () => await lab[Symbol.asyncDispose]());

  test.each(scenariosOf({ system: "linux" }).map((scenario) => [scenario.name, scenario] as const))(
    "in a %s",
    async (_, scenario) => {
      expect(await walkAll(lab, scenario, { stride: scenario.stride ?? 1, halves: true, atOnce: 2 })).toEqual([]);
    },
    10 * MINUTES,
  );
});

describe.skipIf(!canRunWindows())("the same under wine, at every eighth step", () => {
  let lab: Lab;
  beforeAll(async () => void (lab = await openLab("windows", programs())));
  afterAll(async () => await lab[Symbol.asyncDispose]());

  test.each(scenariosOf({ system: "windows" }).map((scenario) => [scenario.name, scenario] as const))(
    "in a %s",
    async (_, scenario) => {
      expect(await walkAll(lab, scenario, { stride: 8 * (scenario.stride ?? 1), halves: false, atOnce: 1 })).toEqual(
        [],
      );
    },
    10 * MINUTES,
  );
});
