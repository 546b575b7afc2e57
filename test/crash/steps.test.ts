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

async function killAt(lab: Lab, scenario: Scenario, [step, halfway]: readonly [number, boolean]): Promise<string[]> {
  await using computer = await lab.open(scenario.state);
  const steps = await attempt(computer, scenario, { kind: "step", step, halfway });
  const problems = await checkAfter(computer, scenario);
  if (steps.at(-1) !== "killed") problems.unshift("nobody was killed");
  const where = `${halfway ? "halfway through" : "before"} step ${step} (${steps.at(-2) ?? "none"})`;
  return problems.map((problem) => `${where}: ${problem}`);
}

async function walkAll(
  lab: Lab,
  scenario: Scenario,
  { every, atOnce }: { readonly every: number; readonly atOnce: number },
): Promise<void> {
  const steps = await listSteps(lab, scenario);
  expect(steps.length).toBeGreaterThan(3);
  const points = walk(steps)
    .filter((_, position) => position % every === 0)
    .flatMap((step) => [
      [step, false] as const,
      ...(HALVES.test(steps[step] ?? "") && every === 1 ? [[step, true] as const] : []),
    ]);
  const queue = points.values();
  const problems: string[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const point of queue) problems.push(...(await killAt(lab, scenario, point)));
    }),
  );
  expect(problems).toEqual([]);
}

const programs = () => ({ cli: inject("cli"), cache: inject("cache") });
const MINUTES = 60_000;

describe("a launcher that is killed at any step leaves a program that runs", () => {
  let lab: Lab;
  beforeAll(async () => void (lab = await openLab("linux", programs())));
  afterAll(async () => await lab[Symbol.asyncDispose]());

  test.each(scenariosOf({ system: "linux" }).map((scenario) => [scenario.name, scenario] as const))(
    "in a %s",
    async (_, scenario) => await walkAll(lab, scenario, { every: 1, atOnce: 2 }),
    10 * MINUTES,
  );
});

describe.skipIf(!canRunWindows())("the same under wine, at every eighth step", () => {
  let lab: Lab;
  beforeAll(async () => void (lab = await openLab("windows", programs())));
  afterAll(async () => await lab[Symbol.asyncDispose]());

  test.each(scenariosOf({ system: "windows" }).map((scenario) => [scenario.name, scenario] as const))(
    "in a %s",
    async (_, scenario) => await walkAll(lab, scenario, { every: 8, atOnce: 1 }),
    10 * MINUTES,
  );
});
