import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { provideBase } from "../../src/packaging/bases.ts";
import { makeGenericLauncher } from "../../src/packaging/generic.ts";
import { hostTarget, TARGETS } from "../../src/packaging/targets.ts";
import { installGoPrograms } from "./goProgram.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

declare module "vitest" {
  interface ProvidedContext {
    /** The CLI as npm starts it. */
    readonly cli: string;
    /** Where generic launchers are kept between runs. */
    readonly cache: string;
  }
}

/**
 * Builds the programs once, before the tests that start them; the launcher too, so that no test pays for it. Where
 * nothing has changed this is a matter of a second.
 */
export default async function setup(project: TestProject): Promise<void> {
  execFileSync(process.execPath, [join(root, "scripts", "build.ts")], { cwd: root, stdio: "inherit" });
  const cli = join(root, "dist", "bin.js");
  const cache = join(root, "node_modules", ".cache", "slipway");
  const options = {
    bundle: join(root, "dist", "launcher.cjs"),
    cacheDirectory: cache,
    resolveFrom: cli,
    nodeExecutable: process.execPath,
    platform: process.platform,
    arch: process.arch,
    env: process.env,
  };
  await makeGenericLauncher(hostTarget(process.platform, process.arch), options);
  // Tests build for other systems with a home folder that knows nothing of this one's npm.
  for (const target of TARGETS)
    if (!existsSync(join(cache, "bases", `${target.pkgBase}${target.suffix}`))) await provideBase(target, options);
  installGoPrograms();
  project.provide("cli", cli);
  project.provide("cache", cache);
}
