// `npm run fuzz`: bundles the harness, which Node does not run as it is, and starts it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const directory = join("node_modules", ".cache", "slipway-fuzz");
mkdirSync(directory, { recursive: true });
await build({
  entryPoints: ["main", "hunt"].map((name) => join("test", "fuzz", `${name}.ts`)),
  outdir: directory,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  sourcemap: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node22.15",
});
await import(pathToFileURL(join(directory, "main.mjs")).href);
