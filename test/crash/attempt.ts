import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { backdate } from "../support/backdate.ts";
import type { Run } from "../support/run.ts";
import { type Computer, type LaunchOptions, readReport } from "./computer.ts";
import { type CrashPlan, NEVER, OPTIONS_VARIABLE, PLAN_VARIABLE } from "./plan.ts";
import type { Scenario } from "./scenarios.ts";

/** Where the launcher is killed: at a step, or after so many milliseconds. */
export type Kill =
  | { readonly kind: "step"; readonly step: number; readonly halfway: boolean }
  | { readonly kind: "moment"; readonly ms: number };

// What works behind the program ends by itself; a minute is for wine.
const BEHIND_MS = 60_000;
const POLL_MS = 10;

/** Plays the scenario and kills its victim. @returns the steps that it took, `killed` or `ended` last. */
export async function attempt(computer: Computer, scenario: Scenario, kill: Kill): Promise<string[]> {
  const plan: CrashPlan = {
    victim: scenario.victim,
    report: computer.report.there,
    ...(kill.kind === "step" ? kill : { step: NEVER, halfway: false }),
  };
  rmSync(computer.report.here, { force: true });
  const run = await computer.launch(scenario.args, {
    ...scenario.options,
    ...(kill.kind === "moment" ? { killAfter: kill.ms } : {}),
    env: {
      ...scenario.options?.env,
      [OPTIONS_VARIABLE]: `--require=${computer.preload}`,
      [PLAN_VARIABLE]: JSON.stringify(plan),
    },
  });
  if (kill.kind === "step" && scenario.behind === true) {
    for (let waited = 0; waited < BEHIND_MS; waited += POLL_MS) {
      if (/^(killed|ended)$/.test((await readReport(computer)).at(-1) ?? "")) break;
      await delay(POLL_MS);
    }
  }
  const steps = await readReport(computer);
  if (kill.kind === "step" && steps.length === 0) throw new Error(`no victim: ${JSON.stringify(run)}`);
  return steps;
}

/** Starts the program again, without a network and with one. @returns a sentence for each thing that is not right. */
export async function checkAfter(computer: Computer, scenario: Scenario): Promise<string[]> {
  const problems: string[] = [];
  const expectRun = async (
    what: string,
    [args, versions]: readonly [readonly string[], readonly string[] | undefined],
    env: NodeJS.ProcessEnv = {},
  ): Promise<void> => {
    const from = await comesBack(computer, scenario);
    const run = await computer.launch(args, {
      ...(from === undefined ? {} : { from }),
      env: { ...scenario.options?.env, SLIPWAY_UPDATE: "launch", ...env },
    });
    const fine =
      run.exitCode === 0 && (versions === undefined || versions.some((one) => run.stdout === computer.says(one)));
    if (!fine) problems.push(`${what}: expected ${versions?.join(" or ") ?? "success"}, got ${JSON.stringify(run)}`);
  };

  const byCommand = scenario.options?.from === "command";
  if (byCommand) await expectRun("as people start it", [[], scenario.offline], { SLIPWAY_UPDATE: undefined });
  if (scenario.offline !== undefined)
    await expectRun("without a network", [[], scenario.offline], { SLIPWAY_UPDATE: "off" });
  if (scenario.again !== undefined) await expectRun("again", [scenario.again, undefined]);
  await untilNewest(computer, scenario);
  await expectRun("with a network", [[], [scenario.online]]);
  if (byCommand) problems.push(...(await checkCommand(computer, scenario.online)));
  if (scenario.launcher !== undefined) problems.push(...(await checkPlace(computer, scenario.launcher)));
  // A launcher that has just been replaced has the new one settle in behind.
  for (let waited = 0; waited < SETTLE_MS && leftovers(computer).length > 0; waited += POLL_MS) await delay(POLL_MS);
  problems.push(...leftovers(computer).map((path) => `${path} was left behind`));
  return problems;
}

/** An update that goes on behind the program is waited for by no start: what is installed runs meanwhile. */
async function untilNewest(computer: Computer, { offline = [], online, options }: Scenario): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const { stdout } = await computer.launch([], { env: { ...options?.env, SLIPWAY_UPDATE: "launch" } });
    const isOlder = offline.some((version) => version !== online && stdout === computer.says(version));
    if (!isOlder) return;
    await delay(TRY_AGAIN_MS);
  }
}

// What still goes on behind an earlier start may change a file while a script is made for it.
const MOST_OCCASIONS = 3;
// On Windows the id of a dead process may be another's by now: its lock is broken after a minute.
const MOST_TRIES = 300;
const TRY_AGAIN_MS = 250;
const SETTLE_MS = 5000;
// A guard puts the launcher back a moment after its owner was killed.
const BACK_MS = 20_000;

/** From where the program is started: its place, if the scenario starts there and as soon as it is there. */
async function comesBack(computer: Computer, { options }: Scenario): Promise<LaunchOptions["from"]> {
  if (options?.from !== "place") return options?.from;
  for (let waited = 0; waited < BACK_MS && !existsSync(computer.placed); waited += POLL_MS) await delay(POLL_MS);
  return "place";
}

/** The command starts the program without its launcher, once it had an occasion to be made for what is there. */
async function checkCommand(computer: Computer, version: string): Promise<string[]> {
  const aside = `${computer.placed}.aside`;
  let run: Run | undefined;
  for (let tries = 0; tries < MOST_OCCASIONS; tries += 1) {
    backdate(computer.data);
    await computer.launch([], { from: "command" });
    renameSync(computer.placed, aside);
    run = await computer.launch([], { from: "command" });
    renameSync(aside, computer.placed);
    if (run.stdout === computer.says(version)) return [];
  }
  return [`the command without a launcher: ${JSON.stringify(run)}`];
}

async function checkPlace(computer: Computer, version: string): Promise<string[]> {
  if (!existsSync(computer.placed)) return ["there is no launcher at its place"];
  const { stdout } = await computer.launch(["--launcher", "version"], { from: "place" });
  return stdout.trim() === version ? [] : [`the launcher at its place is ${JSON.stringify(stdout)}, not ${version}`];
}

/** Files that are nobody's any more. Claims on the lock stay for a day: somebody might be waiting. */
function leftovers({ data, placed }: Computer): string[] {
  const names = readdirSync(data, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
  const found = names.filter((name) =>
    /(^|\/)\.(staging|trash|staged)-|\.tmp$|\.partial$|^lock$|^news\.json$|^ready-|^blobs\/sha256\/./.test(name),
  );
  const version = /^versions\/([^/.][^/]*?)(\.json|\.files|\.archives)?$/;
  const versions = new Map<string, Set<string>>();
  for (const name of names) {
    const [, directory, suffix = ""] = version.exec(name) ?? [];
    if (directory !== undefined) versions.set(directory, (versions.get(directory) ?? new Set()).add(suffix));
  }
  // Only what came in archives has a list of them.
  const broken = [...versions].flatMap(([directory, parts]) =>
    ["", ".json", ".files"].every((part) => parts.has(part)) ? [] : [`versions/${directory} (in part)`],
  );
  const aside = names.filter((name) => name.startsWith(`${basename(dirname(placed))}/.${basename(placed)}.`));
  try {
    JSON.parse(readFileSync(join(data, "active.json"), "utf8"));
  } catch {
    found.push("a damaged active.json");
  }
  return [...found, ...broken, ...aside];
}
