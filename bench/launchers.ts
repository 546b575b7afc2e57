import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeGenericLauncher } from "../src/packaging/generic.ts";
import { emptyPlaceholder } from "../src/packaging/stamp.ts";
import { NODE_VERSION, type Target } from "../src/packaging/targets.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const CLI = join(root, "dist", "slipway.js");
/** What is kept between runs. */
export const CACHE = join(root, "node_modules", ".cache", "slipway");

/** A publisher's computer for one target, whose registry has version 1.0.0 of a program. */
export interface Publisher extends AsyncDisposable {
  /** Goes when it is closed. */
  readonly work: string;
  readonly target: Target;
  /** Builds a launcher with these settings besides id, name and repository. @returns its path. */
  launcher(name: string, settings: Readonly<Record<string, unknown>>): string;
  /** An executable of the same runtime with the same options, that runs this script and nothing else. */
  bare(name: string, script: string): Promise<string>;
  /** One that does nothing. */
  empty(): Promise<string>;
}

export async function openPublisher(target: Target, program: string): Promise<Publisher> {
  const work = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  const registry = spawn(process.execPath, [CLI, "registry", "--port", "0", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { os, architecture } = target.platform;
  const repository = `${await addressOf(registry.stdout)}/bench/program`;
  const copy = join(work, `program${target.suffix}`);
  copyFileSync(program, copy);
  slipway("push", `${repository}:1.0.0`, `${os}/${architecture}=${copy}`);
  const bare = async (name: string, script: string): Promise<string> => {
    const bundle = join(work, `${name}.cjs`);
    writeFileSync(bundle, `const text = String.raw\`${emptyPlaceholder()}\`;\n${script}`);
    const made = await makeGenericLauncher(target, {
      bundle,
      cacheDirectory: CACHE,
      resolveFrom: CLI,
      nodeExecutable: process.execPath,
      platform: process.platform,
      arch: process.arch,
      env: process.env,
    });
    // A file of its own, as a launcher is.
    const own = join(work, `${name}${target.suffix}`);
    copyFileSync(made, own);
    return own;
  };
  return {
    work,
    target,
    bare,
    empty: async () => await bare("empty", ""),
    launcher(name, settings) {
      const config = join(work, `${name}.json`);
      writeFileSync(config, JSON.stringify({ id: `com.example.${name}`, name, repository, ...settings }));
      const platform = ["--platform", `${os}/${architecture}`];
      const said = slipway("build", ...platform, "--config", config, "--out", work, "--json");
      return (JSON.parse(said) as { launchers: { path: string }[] }).launchers[0]!.path;
    },
    async [Symbol.asyncDispose]() {
      registry.kill();
      rmSync(work, { recursive: true, force: true });
    },
  };
}

/** A folder of a person's own. */
export function makeHome({ work }: Publisher, name: string): string {
  const home = join(work, "home", name);
  mkdirSync(home, { recursive: true });
  return home;
}

/** The computer, and what was done on it, in a line. */
export function describeBench(rounds: number): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 1e9)} GB, ${process.platform} ${release()}, Node ${NODE_VERSION}, ${rounds} rounds`;
}

/** The least and the middle one of some times. */
export function summarize(times: readonly number[]): { least: number; median: number } {
  const sorted = times.toSorted((a, b) => a - b);
  return { least: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]! };
}

function slipway(...args: readonly string[]): string {
  const { status, stdout } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: "utf8",
    env: { ...process.env, SLIPWAY_CACHE: CACHE },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`slipway ${args.join(" ")} failed`);
  return stdout;
}

async function addressOf(output: AsyncIterable<unknown>): Promise<string> {
  let text = "";
  for await (const chunk of output) {
    text += String(chunk);
    if (text.trimEnd().endsWith("}")) return (JSON.parse(text) as { address: string }).address;
  }
  throw new Error("the registry did not start");
}
