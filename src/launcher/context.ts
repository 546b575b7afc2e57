import { fstatSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ENTRY_STATE, type EnvironmentSettings, READY_FILE, readEnvironment } from "../config/environment.ts";
import type { Embedded } from "../config/embedded.ts";
import type { Installer } from "../config/installer.ts";
import { type Places, placesOf } from "../config/places.ts";
import { type OverrideLayer, resolveSettings, type Settings } from "../config/settings.ts";
import { readStart, type Start } from "../launch/start.ts";
import { isTooDeep } from "../nesting.ts";
import { type StorePaths, storePaths } from "../store/paths.ts";

// This file is on the launch path.

/** What one launch is about: plain data, read once from the process, the embedded configuration and the disk. */
export interface LaunchContext {
  readonly installer: Installer;
  readonly embedded: Embedded;
  /** Path of the running launcher. */
  readonly executable: string;
  /** What the program gets too. */
  readonly env: NodeJS.ProcessEnv;
  readonly start: Start;
  readonly settings: Settings;
  readonly environment: EnvironmentSettings;
  /** One sentence for each override that could not be used. */
  readonly warnings: readonly string[];
  readonly places: Places;
  readonly paths: StorePaths;
  /** The person's own arguments. */
  readonly argv: readonly string[];
  /** Whether the script that a command may be has asked to be made anew. */
  readonly entryIsStale: boolean;
  /** Where the person's own overrides are, whether or not the file exists. */
  readonly overridesFile: string;
}

const FILE = "installer.json";

export function readContext(embedded: Embedded): LaunchContext {
  const { installer } = embedded;
  const { execPath: executable, env } = process;
  // Another program's, which has started this launcher: what it says is no sign of this one's.
  delete env[READY_FILE];
  const entryIsStale = env[ENTRY_STATE] === "stale";
  delete env[ENTRY_STATE];
  const environment = readEnvironment(env);
  const { platform } = process;
  const places = placesOf(installer.id, { platform, env, homedir: askForHome });
  const overridesFile = join(places.config, FILE);
  const unreadable: string[] = [];
  const layers = readLayers([besideOf(executable), overridesFile], installer.id, unreadable);
  const { settings, warnings } = resolveSettings(installer, layers, environment);
  return {
    installer,
    embedded,
    executable,
    env,
    start: readStart({
      platform,
      executable,
      interface: installer.interface,
      env,
      onTerminal: isOnTerminal,
      isFed: () => isPipe(0),
      parent: process.ppid,
    }),
    settings,
    environment,
    warnings: [...unreadable, ...warnings],
    places,
    paths: storePaths(places.data),
    argv: process.argv.slice(2),
    entryIsStale,
    overridesFile,
  };
}

/** Where overrides for everybody on this computer are, who starts this launcher. */
export function besideOf(executable: string): string {
  return join(dirname(executable), FILE);
}

/** The files' layers, in the order in which the later one wins: the file beside the launcher, the person's own. */
export function readLayers(
  [beside, own]: readonly [beside: string, own: string],
  id: string,
  warnings: string[],
): readonly OverrideLayer[] {
  const layers = [readLayer(beside, warnings), readLayer(own, warnings)] as const;
  return [...(isFor(layers[0], id) ? [layers[0]] : []), ...(layers[1] === undefined ? [] : [layers[1]])];
}

function readLayer(source: string, warnings: string[]): OverrideLayer | undefined {
  let text: string;
  try {
    // Nearly everybody has no such file, and an error with its stack costs more than the question.
    if (statSync(source, { throwIfNoEntry: false }) === undefined) return undefined;
    text = readFileSync(source, "utf8");
  } catch (error) {
    warnings.push(`${source}: cannot be read (${codeOf(error) ?? String(error)})`);
    return undefined;
  }
  if (isTooDeep(text)) {
    warnings.push(`${source}: nested deeper than anybody needs`);
    return undefined;
  }
  try {
    // Notepad begins its files with a byte-order mark.
    return { source, value: JSON.parse(text.replace(/^\uFEFF/, "")) as unknown };
  } catch (error) {
    // V8 quotes what stands there, which may be the password of a mirror.
    const reason = error instanceof Error ? error.message.replace(/(?:, |^)(?:\.\.\.)?".*$/s, "") : "";
    warnings.push(`${source}: not JSON${reason === "" ? "" : `: ${reason}`}`);
    return undefined;
  }
}

/** The downloads folder may hold another program's installer.json: one that names another id is not ours. */
function isFor(layer: OverrideLayer | undefined, id: string): layer is OverrideLayer {
  if (layer === undefined) return false;
  const { value } = layer;
  return typeof value !== "object" || value === null || !("id" in value) || value.id === id;
}

/** Loaded where the environment does not say: Node has to ask the system who it is on. */
function askForHome(): string {
  return process.getBuiltinModule("node:os").homedir();
}

function isOnTerminal(): boolean {
  // Loaded where it matters: it brings all of net along.
  const { isatty } = process.getBuiltinModule("node:tty");
  return [0, 1, 2].some((stream) => isatty(stream));
}

function isPipe(stream: number): boolean {
  try {
    const stat = fstatSync(stream);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    // A stream that is closed feeds nobody.
    return false;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
