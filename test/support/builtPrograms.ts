import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { provideBase } from "../../src/packaging/bases.ts";
import { makeGenericLauncher } from "../../src/packaging/generic.ts";
import { hostTarget, TARGETS } from "../../src/packaging/targets.ts";
import type { BuiltPrograms } from "./sandboxWith.ts";
import { prepareWinePrefix } from "./winePrefix.ts";

/**
 * Builds the CLI and this machine's generic launcher, fetches Node for the other systems, and has wine ready, so that no
 * test pays for it. Where nothing has changed this is a matter of a second.
 * @param root the project's folder.
 */
export async function buildPrograms(root: string): Promise<BuiltPrograms> {
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
  await prepareWinePrefix();
  return { cli, cache };
}
