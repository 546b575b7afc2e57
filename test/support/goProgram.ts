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
} as const;

/**
 * The path of a real client, made from its Go module when it is not there yet. Where that cannot be done its tests are
 * skipped and say so; CI makes it beforehand.
 */
export function findGoProgram(name: keyof typeof MODULES): string | undefined {
  const program = join(FOLDER, name);
  if (existsSync(program)) return program;
  const { status } = spawnSync("go", ["install", MODULES[name]], {
    env: { ...process.env, GOBIN: FOLDER },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status === 0) return program;
  console.warn(`skipped: ${name} cannot be installed with go install ${MODULES[name]}`);
  return undefined;
}
