import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { makeGenericLauncher } from "../../src/packaging/generic.ts";
import { hostTarget } from "../../src/packaging/targets.ts";
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
  await makeGenericLauncher(hostTarget(process.platform, process.arch), {
    bundle: join(root, "dist", "launcher.cjs"),
    cacheDirectory: cache,
    resolveFrom: cli,
    nodeExecutable: process.execPath,
    platform: process.platform,
    arch: process.arch,
    env: process.env,
  });
  installGoPrograms();
  project.provide("cli", cli);
  project.provide("cache", cache);
}
