import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** The CLI as it is published. */
export const CLI = join(root, "dist", "slipway.js");
/** What is fetched or made once, and used again. */
export const CACHE = join(root, "node_modules", ".cache");

// Where the tests have Go's tools too.
export const PATH = `${join(CACHE, "go", "bin")}:${process.env["PATH"] ?? ""}`;

/** Those that are installed; each of the others is named, and left out. */
export function installed(names: readonly string[]): ReadonlySet<string> {
  return new Set(
    names.filter((name) => {
      const found = spawnSync("sh", ["-c", `command -v ${name}`], { env: { ...process.env, PATH } }).status === 0;
      if (!found) console.log(`${name} is not installed: left out\n`);
      return found;
    }),
  );
}

/** Runs `slipway`. @returns what it printed. */
export function slipway(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: "utf8",
    cwd,
    env: { ...process.env, SLIPWAY_CACHE: join(CACHE, "slipway") },
  });
  if (status !== 0) throw new Error(`slipway ${args.join(" ")}\n${stderr}`);
  return stdout;
}
