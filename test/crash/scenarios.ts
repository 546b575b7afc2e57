import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { backdate } from "../support/backdate.ts";
import { openLinuxLab, openWindowsLab, type Computer, type Lab, type LaunchOptions } from "./computer.ts";
import { type BuiltPrograms, expectSuccess } from "../support/sandboxWith.ts";

/** What a launcher is doing when it is killed, and what has to be true afterwards. */
export interface Scenario {
  readonly name: string;
  /** The state of the computer before; a new one unless given. */
  readonly state?: string;
  readonly args: readonly string[];
  readonly options?: LaunchOptions;
  /** Of the process that is killed: a regular expression for its command line. */
  readonly victim: string;
  /** Where the steps are many, only each of so many is walked; all by chance. */
  readonly stride?: number;
  /** Whether the victim works behind the program, so that its end has to be waited for. */
  readonly behind?: boolean;
  /** Versions of which one has to run without a network; undefined while nothing is installed. */
  readonly offline: readonly string[] | undefined;
  /** What the person does next, before the program is started again. */
  readonly again?: readonly string[];
  /** The version that runs then. */
  readonly online: string;
  /** The launcher's own version at its place then. */
  readonly launcher?: string;
}

const FOREGROUND = "^(?!.*--launcher )";
/** A channel whose publisher has taken 1.1.0 back. */
const RECALL = { SLIPWAY_CHANNEL: "recall" };
const BEHIND = { SLIPWAY_UPDATE: "background" };

const COMMON: readonly Scenario[] = [
  { name: "first install", args: [], victim: FOREGROUND, offline: undefined, online: "1.1.0" },
  { name: "update", state: "old", args: [], victim: FOREGROUND, offline: ["1.0.0", "1.1.0"], online: "1.1.0" },
  { name: "first run", state: "fetched", args: [], victim: FOREGROUND, offline: ["1.1.0"], online: "1.1.0" },
  {
    name: "launcher's own update",
    state: "settled",
    stride: 5,
    args: ["--launcher", "update"],
    options: { from: "place" },
    victim: "--launcher update",
    offline: ["1.1.0"],
    again: ["--launcher", "update"],
    online: "1.1.0",
    launcher: "1.1.0",
  },
  {
    name: "pin",
    state: "current",
    args: ["--launcher", "pin", "1.0.0"],
    victim: "--launcher pin",
    offline: ["1.0.0", "1.1.0"],
    again: ["--launcher", "pin", "1.0.0"],
    online: "1.0.0",
  },
  {
    name: "going back",
    state: "current",
    args: ["--launcher", "rollback"],
    victim: "--launcher rollback",
    offline: ["1.0.0", "1.1.0"],
    again: ["--launcher", "update"],
    online: "1.1.0",
  },
];

const LINUX: readonly Scenario[] = [
  {
    name: "update behind",
    state: "old",
    stride: 2,
    args: [],
    options: { env: BEHIND },
    victim: "background-update",
    behind: true,
    offline: ["1.0.0", "1.1.0"],
    online: "1.1.0",
  },
  {
    name: "update by the fast command",
    state: "fast",
    stride: 7,
    args: [],
    options: { from: "command" },
    victim: FOREGROUND,
    offline: ["1.0.0", "1.1.0"],
    again: ["--launcher", "update"],
    online: "1.1.0",
  },
  {
    name: "renewal of the fast command",
    state: "renewing",
    args: [],
    options: { from: "command" },
    victim: FOREGROUND,
    offline: ["1.1.0"],
    online: "1.1.0",
  },
  {
    name: "bad release",
    state: "fetched",
    args: [],
    options: { env: { CRASH: "1" } },
    victim: FOREGROUND,
    offline: ["1.0.0", "1.1.0"],
    online: "1.0.0",
  },
  {
    name: "withdrawal",
    state: "current",
    args: [],
    options: { env: RECALL },
    victim: FOREGROUND,
    offline: ["1.0.0", "1.1.0"],
    online: "1.0.0",
  },
  {
    name: "settling",
    state: "current",
    args: ["--launcher", "install"],
    victim: "--launcher install",
    offline: ["1.1.0"],
    again: ["--launcher", "install"],
    online: "1.1.0",
    launcher: "1.0.0",
  },
  {
    name: "repair",
    state: "damaged",
    args: ["--launcher", "repair"],
    victim: "--launcher repair",
    offline: ["1.0.0", "1.1.0"],
    again: ["--launcher", "repair"],
    online: "1.1.0",
  },
  {
    name: "repair of the only version",
    state: "damaged alone",
    args: ["--launcher", "repair"],
    victim: "--launcher repair",
    offline: ["1.1.0"],
    again: ["--launcher", "repair"],
    online: "1.1.0",
  },
];

export async function openLab(system: Lab["system"], programs: BuiltPrograms): Promise<Lab> {
  const lab = system === "linux" ? await openLinuxLab(programs) : await openWindowsLab(programs);
  await prepareStates(lab);
  return lab;
}

export function scenariosOf({ system }: Pick<Lab, "system">): readonly Scenario[] {
  return system === "linux" ? [...COMMON, ...LINUX] : COMMON;
}

/** Publishes, installs and updates as publishers and people do, and keeps what comes of it. */
async function prepareStates(lab: Lab): Promise<void> {
  await lab.build("1.0.0");
  {
    await using computer = await lab.open(undefined);
    for (const version of ["0.9.0", "1.0.0"]) {
      await lab.publish(version);
      await must(computer, [], version);
    }
    await computer.keep("old");
    if (lab.system === "linux") await keepFast(lab);
    await lab.publish("1.1.0");
    await update(computer);
    await computer.keep("fetched");
    await must(computer, [], "1.1.0");
    await computer.keep("current");
    await install(computer);
    await computer.keep("settled");
    if (lab.system === "linux") {
      await prepareFast(computer, {});
      await computer.keep("renewing");
    }
  }
  if (lab.system === "linux") {
    await recall(lab);
    await using computer = await lab.open("current");
    await damage(computer);
    await computer.keep("damaged");
    await using other = await lab.open(undefined);
    await must(other, [], "1.1.0");
    await damage(other);
    await other.keep("damaged alone");
  }
  await lab.build("1.1.0", { publish: true });
}

/** A program that is started by its script alone, until a check is due: that is so from now on. */
async function keepFast(lab: Lab): Promise<void> {
  await using computer = await lab.open("old");
  await install(computer);
  await prepareFast(computer, {});
  backdate(computer.data);
  await startByCommand(computer, "1.0.0");
  await prepareFast(computer, { lastCheck: hoursAgo(48) });
  await computer.keep("fast");
}

/** Checks are due once a day, and no newer launcher comes in between. */
async function prepareFast({ settings, data }: Computer, since: { readonly lastCheck?: string }): Promise<void> {
  await mkdir(dirname(settings), { recursive: true });
  await writeFile(settings, JSON.stringify({ update: { checkEvery: "1d" } }));
  const path = join(data, "state.json");
  const state = JSON.parse(await readFile(path, "utf8")) as object;
  const launcherFailed = { version: "1.1.0", since: hoursAgo(0) };
  await writeFile(path, JSON.stringify({ ...state, launcherFailed, ...since }));
}

function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * 60 * 60 * 1000).toISOString();
}

async function startByCommand(computer: Computer, version: string): Promise<void> {
  const run = await computer.launch([], { from: "command" });
  if (run.stdout !== computer.says(version)) throw new Error(JSON.stringify(run));
}

async function recall({ publisher }: Lab): Promise<void> {
  const channel = ["--channel", RECALL.SLIPWAY_CHANNEL];
  expectSuccess(await publisher.slipway(["promote", "1.0.0", ...channel]));
  expectSuccess(await publisher.slipway(["yank", "1.1.0", "--reason", "it loses work", ...channel]));
}

async function must(computer: Computer, args: readonly string[], version: string): Promise<void> {
  const run = await computer.launch(args);
  if (run.exitCode !== 0 || run.stdout !== computer.says(version)) throw new Error(JSON.stringify(run));
}

async function update(computer: Computer): Promise<void> {
  const run = await computer.launch(["--launcher", "update"]);
  if (run.exitCode !== 0) throw new Error(JSON.stringify(run));
}

async function install(computer: Computer): Promise<void> {
  const run = await computer.launch(["--launcher", "install"]);
  if (run.exitCode !== 0) throw new Error(JSON.stringify(run));
}

/** A file of the current version holds something else, of the same length. */
async function damage({ data }: Computer): Promise<void> {
  const active = JSON.parse(await readFile(join(data, "active.json"), "utf8")) as { current: { directory: string } };
  const noise = join(data, "versions", active.current.directory, "noise");
  await writeFile(noise, Buffer.alloc((await readFile(noise)).byteLength));
}
