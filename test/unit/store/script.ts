import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A script of the tests as one file that Node starts at once. @returns its path. */
export async function bundleScript(script: URL, directory: string, format: "esm" | "cjs" = "esm"): Promise<string> {
  const entry = fileURLToPath(script);
  const outfile = join(directory, `${basename(entry, ".ts")}.${format === "esm" ? "mjs" : "cjs"}`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format,
    target: "node22.15",
  });
  return outfile;
}
