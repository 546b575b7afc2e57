import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

declare module "vitest" {
  interface ProvidedContext {
    /** The CLI as npm starts it. */
    readonly cli: string;
    /** Where generic launchers are kept between runs. */
    readonly cache: string;
  }
}

/** Builds the programs once, before the tests that start them. */
export default function setup(project: TestProject): void {
  execFileSync(process.execPath, [join(root, "scripts", "build.ts")], { cwd: root, stdio: "inherit" });
  project.provide("cli", join(root, "dist", "bin.js"));
  project.provide("cache", join(root, "node_modules", ".cache", "slipway"));
}
