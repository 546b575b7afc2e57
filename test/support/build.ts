import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { buildPrograms } from "./builtPrograms.ts";
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

/** What tests that start the built programs need, made once before them. */
export default async function setup(project: TestProject): Promise<void> {
  const { cli, cache } = await buildPrograms(root);
  installGoPrograms();
  project.provide("cli", cli);
  project.provide("cache", cache);
}
