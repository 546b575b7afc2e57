import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** One of the scripts in this folder as one file that Node starts at once. @returns its path. */
export async function bundleScript(name: string, directory: string): Promise<string> {
  const outfile = join(directory, `${basename(name, ".ts")}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22.15",
  });
  return outfile;
}
