import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where programs that are installed from Go modules for the tests lie between runs. */
const FOLDER = join(root, "node_modules", ".cache", "go", "bin");

/** Versions are exact, so that a test does not change under us. */
const MODULES = {
  oras: "oras.land/oras/cmd/oras@v1.3.6",
  crane: "github.com/google/go-containerregistry/cmd/crane@v0.22.1",
  cosign: "github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3",
  actionlint: "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12",
} as const;

type GoProgram = keyof typeof MODULES;

/** The path of a real client, or checker. Where it could not be made its tests are skipped, and say so. */
export function findGoProgram(name: GoProgram): string | undefined {
  const program = join(FOLDER, name);
  if (existsSync(program)) return program;
  console.warn(`skipped: ${name} could not be installed with go install ${MODULES[name]}`);
  return undefined;
}

/** Makes what is not there yet: once, and before all tests, because it takes a minute and every core. */
export function installGoPrograms(): void {
  for (const name of Object.keys(MODULES) as GoProgram[]) if (!existsSync(join(FOLDER, name))) install(name);
}

function install(name: GoProgram): void {
  const { status } = spawnSync("go", ["install", MODULES[name]], {
    env: { ...process.env, GOBIN: FOLDER },
    stdio: ["ignore", "ignore", "inherit"],
  });
  // CI says so: a test that is skipped there would never run.
  if (status !== 0 && process.env["REQUIRE_PEERS"] !== undefined)
    throw new Error(`${name} cannot be installed with go install ${MODULES[name]}`);
}
