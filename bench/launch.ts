// What a start costs: run with `npm run bench:launch -- [ROUNDS]`. Compare the minimums and the ratios.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hostTarget } from "../src/packaging/targets.ts";
import { describeBench } from "./harness/machine.ts";
import { makeHome, openPublisher, type Publisher } from "./harness/publisher.ts";
import { type Candidate, timeStarts } from "./harness/startTimes.ts";
import { printTable, summarize, timesOf } from "./harness/table.ts";
import { CACHE } from "./harness/tools.ts";

const ROUNDS = Number(process.argv[2] ?? 100);
const COREPACK = "corepack@0.36.0";
const PNPM = "pnpm@9.15.9";
const EMPTY = "an empty executable of the same runtime";
const DAILY = { update: { checkEvery: "1d" } };

type Start = readonly [candidate: Candidate, started: Candidate | undefined];

const publisher = await openPublisher(hostTarget(process.platform, process.arch), "/bin/true");
try {
  await bench();
} finally {
  await publisher[Symbol.asyncDispose]();
}

async function bench(): Promise<void> {
  const program = simple("the program itself", join(publisher.work, "program"));
  const empty = simple(EMPTY, await publisher.empty());
  // Each with what it starts in the end, over which it takes its time.
  const starts: readonly Start[] = [
    [program, undefined],
    [empty, undefined],
    [own("our launcher, no check due", "daily", DAILY), program],
    ...makeFastCommands(publisher).map((command): Start => [command, program]),
    [own("our launcher, with a check at a local registry", "checking", {}), program],
    ...findPeers(publisher),
  ];
  const candidates = starts.map(([candidate]) => candidate);
  // Twice: the first installs, and the second finds it confirmed.
  timeStarts(candidates, 2);
  report(starts, timeStarts(candidates, ROUNDS));
}

function simple(name: string, path: string): Candidate {
  return { name, words: [path], home: makeHome(publisher, "none") };
}

function own(name: string, id: string, settings: Readonly<Record<string, unknown>>): Candidate {
  return { name, words: [publisher.launcher(id, settings)], home: makeHome(publisher, id) };
}

/** The command that is a script of sh, read by this system's sh and by others that are sh elsewhere. */
function makeFastCommands(of: Publisher): Candidate[] {
  const home = makeHome(of, "fast");
  const launcher = of.launcher("fast", { ...DAILY, desktop: { fastCommand: true } });
  const env = { PATH: process.env["PATH"], HOME: home };
  const start = (...words: readonly [string, ...string[]]): void =>
    void execFileSync(words[0], words.slice(1), { env, stdio: "ignore" });
  start(launcher);
  start(launcher, "--launcher", "install");
  const command = join(home, ".local", "bin", "fast");
  // Until files of the same second tell of what came first.
  for (let tries = 0; !readFileSync(command, "utf8").includes("/versions/"); tries += 1) {
    if (tries === 100) throw new Error("the fast command did not get fast");
    execFileSync("sleep", ["0.5"]);
    start(command);
  }
  const shells = [
    ["bash", "--posix"],
    ["zsh", "--emulate", "sh"],
  ].filter(([shell = ""]) => existsSync(`/bin/${shell}`));
  return [
    { name: "our fast command", words: [command], home },
    ...shells.map((shell) => ({
      name: `our fast command, where ${shell[0]} is sh`,
      words: [...shell, command],
      home,
    })),
  ];
}

/** Corepack is in Node what a launcher is: it finds the version of pnpm that a project wants, and runs it. */
function findPeers(of: Publisher): Start[] {
  const home = makeHome(of, "peer");
  const project = join(of.work, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ packageManager: PNPM }));
  try {
    const corepack = npmFolder(COREPACK);
    const pnpm = npmFolder(PNPM);
    // What npm serves here need not carry the signatures that corepack knows; nothing of it is measured.
    const env = {
      COREPACK_HOME: join(dirname(corepack), "corepack-home"),
      COREPACK_ENABLE_DOWNLOAD_PROMPT: "0",
      COREPACK_INTEGRITY_KEYS: "0",
    };
    // Its first start fetches, and is not measured.
    execFileSync(process.execPath, [join(corepack, "dist", "pnpm.js"), "--version"], {
      cwd: project,
      env: { ...process.env, ...env },
      stdio: "ignore",
    });
    const start = (name: string, ...words: readonly string[]): Candidate => ({
      name,
      words: [process.execPath, ...words, "--version"],
      home,
      cwd: project,
      env,
    });
    const alone = start("pnpm --version itself", join(pnpm, "bin", "pnpm.cjs"));
    return [
      [alone, undefined],
      [start("the same by corepack, which has it already", join(corepack, "dist", "pnpm.js")), alone],
    ];
  } catch (error) {
    console.error(`without corepack, which could not be fetched: ${String(error).split("\n")[0]}`);
    return [];
  }
}

/** A package as npm has it, fetched once. */
function npmFolder(name: string): string {
  const folder = join(CACHE, "bench", name.replaceAll(/[@/]/g, "_"));
  if (!existsSync(folder)) {
    const beside = `${folder}.${process.pid}`;
    mkdirSync(beside, { recursive: true });
    const packed = execFileSync("npm", ["pack", "--silent", name], { cwd: beside, encoding: "utf8" }).trim();
    execFileSync("tar", ["xzf", packed], { cwd: beside });
    rmSync(join(beside, packed));
    renameSync(beside, folder);
  }
  return join(folder, "package");
}

function report(starts: readonly Start[], times: readonly number[][]): void {
  console.log(`${describeBench(ROUNDS)}\n`);
  const figures = new Map(starts.map(([candidate], index) => [candidate, summarize(times[index]!)]));
  const base = summarize(times[starts.findIndex(([{ name }]) => name === EMPTY)]!);
  const rows = starts.map(([candidate, started]) => {
    const { least, median } = figures.get(candidate)!;
    const over = started === undefined ? undefined : figures.get(started)!;
    const pair = over === undefined ? "" : `${(least - over.least).toFixed(1)}, ${(median - over.median).toFixed(1)}`;
    return [candidate.name, least.toFixed(1), median.toFixed(1), pair, timesOf({ least, median }, base)];
  });
  printTable(["start of", "min ms", "median ms", "over what it starts, ms", "times the empty one (min, median)"], rows);
}
