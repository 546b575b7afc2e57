// `npm run test:crash`: bundles the harness, which Node does not run as it is, and starts it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const directory = join("node_modules", ".cache", "slipway-crash");
mkdirSync(directory, { recursive: true });
const outfile = join(directory, "main.mjs");
await build({
  entryPoints: [join("test", "crash", "main.ts")],
  outfile,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node22.15",
});
await import(pathToFileURL(outfile).href);
