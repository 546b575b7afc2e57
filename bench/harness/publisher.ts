import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeGenericLauncher } from "../../src/packaging/generic.ts";
import { emptyPlaceholder } from "../../src/packaging/stamp.ts";
import type { Target } from "../../src/packaging/targets.ts";
import { CACHE, CLI, slipway } from "./tools.ts";

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
  slipway(["push", `${repository}:1.0.0`, `${os}/${architecture}=${copy}`], work);
  const bare = async (name: string, script: string): Promise<string> => {
    const bundle = join(work, `${name}.cjs`);
    writeFileSync(bundle, `const text = String.raw\`${emptyPlaceholder()}\`;\n${script}`);
    const made = await makeGenericLauncher(target, {
      bundle,
      cacheDirectory: join(CACHE, "slipway"),
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
      const said = slipway(["build", ...platform, "--config", config, "--out", work, "--json"], work);
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

async function addressOf(output: AsyncIterable<unknown>): Promise<string> {
  let text = "";
  for await (const chunk of output) {
    text += String(chunk);
    if (text.trimEnd().endsWith("}")) return (JSON.parse(text) as { address: string }).address;
  }
  throw new Error("the registry did not start");
}
