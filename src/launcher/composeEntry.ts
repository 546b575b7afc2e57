import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { resolveSettings, type Settings } from "../config/settings.ts";
import { systemCodeOf } from "../errors.ts";
import { isStartable } from "../launch/becomeProgram.ts";
import { readElf } from "../launch/elf.ts";
import { decideCheck, dueAt } from "../launch/plan.ts";
import { type Activation, readActivation } from "../store/activation.ts";
import { settledRecord } from "../store/settled.ts";
import { besideOf, type LaunchContext, readLayers } from "./context.ts";
import { formatEntry, type Source } from "./entryScript.ts";
import { readLastCheck } from "./lastCheck.ts";

// Of the running system: a script made on another computer with the same home folder, or before an update of the
// system, does not count.
const BOOT = "/proc/sys/kernel/random/boot_id";
// The shell reads a byte at a time.
const MAX_SOURCE_BYTES = 8192;

/** What a fast command is. */
export interface Script {
  readonly text: string;
  /** When a check is due. */
  readonly due?: Date | undefined;
}

/**
 * The script for what starts would do now.
 *
 * @returns undefined when something changed meanwhile, or so lately that the times of files do not tell.
 */
export function composeEntry(context: LaunchContext, now: number): Script | undefined {
  const { paths, executable, overridesFile, env } = context;
  const { platform } = process;
  const settled = settledRecord(paths);
  const files = [
    settled,
    paths.activation,
    besideOf(executable),
    overridesFile,
    paths.state,
    ...(platform === "linux" ? [BOOT] : []),
  ];
  const before = files.map(readSource);
  const start = decideStart(context, now);
  const after = files.map(readSource);
  if (before.some((source, index) => source?.text !== after[index]?.text)) return undefined;
  // Where a file cannot be compared, the launcher looks at it every time.
  const isFast =
    start !== undefined &&
    before.every((source) => source !== undefined) &&
    (platform !== "linux" || before.at(-1)?.text !== undefined) &&
    [env["HOME"] ?? "", paths.root, overridesFile, executable].every((path) => isAbsolute(path));
  if (isFast && [paths.activation, settled].some((file) => secondsOf(file) >= Math.floor(now / 1000))) return undefined;
  const sources = before
    .filter((source) => source !== undefined)
    .filter(({ path }) => path !== paths.state || start?.due !== undefined);
  const text = formatEntry(
    { sources, fast: isFast ? { ...start, expires: start.due !== undefined } : undefined },
    {
      platform,
      script: paths.entry,
      launcher: executable,
      settled,
      activation: paths.activation,
      state: paths.state,
      news: paths.news,
      env,
    },
  );
  return { text, due: isFast ? start.due : undefined };
}

interface FastStart {
  readonly program: string;
  readonly loader: string | undefined;
  readonly due: Date | undefined;
}

/** What the next starts run with no more to do, without overrides by the environment; undefined where there is more. */
function decideStart(context: LaunchContext, now: number): FastStart | undefined {
  const { installer, paths, executable, overridesFile } = context;
  const layers = readLayers([besideOf(executable), overridesFile], installer.id, []);
  const { settings } = resolveSettings(installer, layers, { progress: "auto", warnings: [] });
  const read = readActivation(paths);
  if (read.kind !== "found" || !read.activation.confirmed) return undefined;
  const due = findDue(context, { settings, activation: read.activation, now });
  if (due === "now") return undefined;
  const { directory, executable: file, size } = read.activation.current;
  const program = join(paths.versions, directory, file);
  if (!isStartable({ executable: program, size }, process)) return undefined;
  // A time that lies ahead tells nothing of changes.
  if (secondsOf(program) > secondsOf(paths.activation)) return undefined;
  return { program, loader: process.platform === "linux" ? loaderOf(program) : undefined, due };
}

interface Due {
  readonly settings: Settings;
  readonly activation: Activation;
  readonly now: number;
}

/** @returns undefined where no check is ever due. */
function findDue({ paths }: LaunchContext, { settings, activation, now }: Due): Date | "now" | undefined {
  const last = readLastCheck(paths);
  if (decideCheck({ settings, now, lastCheck: () => last }, activation) !== undefined) return "now";
  // Asked again as if nobody had ever looked: what is due then is due some time.
  if (decideCheck({ settings, now, lastCheck: () => undefined }, activation) === undefined) return undefined;
  if (last === undefined) return "now";
  // Some shells compare whole seconds, and none must be late.
  return new Date(Math.floor(dueAt(settings, last) / 1000) * 1000 - 1000);
}

function loaderOf(program: string): string | undefined {
  const file = openSync(program, "r");
  try {
    return readElf(file)?.loader;
  } finally {
    closeSync(file);
  }
}

/** @returns undefined for what a shell cannot compare. */
function readSource(path: string): Source | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return systemCodeOf(error) === "ENOENT" ? { path, text: undefined } : undefined;
  }
  if (bytes.byteLength > MAX_SOURCE_BYTES || bytes.includes(0) || !isUtf8(bytes)) return undefined;
  return { path, text: bytes.toString("utf8") };
}

/** As the coarsest of shells sees it. */
function secondsOf(path: string): number {
  return Math.floor(statSync(path).mtimeMs / 1000);
}
