// Bundles the two programs into dist/: run with `npm run build`.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, zstdCompressSync } from "node:zlib";
import { build, type BuildOptions } from "esbuild";
import { emptyPlaceholder } from "../src/packaging/stamp.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node22.15",
  charset: "ascii",
  logLevel: "warning",
  legalComments: "none",
  define: { SLIPWAY_VERSION: JSON.stringify(version) },
};

await bundle();

async function bundle(): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  await Promise.all([bundleCli(), bundleEntry(), bundleLauncher()]);
}

/** The publisher's CLI: commands are chunks of their own, loaded when they are called. */
async function bundleCli(): Promise<void> {
  await build({
    ...common,
    entryPoints: { slipway: "src/publisher/main.ts" },
    outdir: out,
    format: "esm",
    splitting: true,
    chunkNames: "chunk-[hash]",
    // Dependencies in CommonJS ask for Node's own modules by require.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
}

/** What npm starts, under whatever Node there is. */
async function bundleEntry(): Promise<void> {
  await build({
    ...common,
    entryPoints: { bin: "src/publisher/bin.ts" },
    outdir: out,
    format: "esm",
    target: "node20",
    external: ["./slipway.js"],
    banner: { js: "#!/usr/bin/env node" },
  });
}

/**
 * The launcher as one CommonJS file in two halves. The second is kept as a string in the first: even an unused module
 * would have to be parsed. Compressed, because at every start the string is at least read over to find its end.
 */
async function bundleLauncher(): Promise<void> {
  const half = await build({
    ...common,
    entryPoints: ["src/launcher/update.ts"],
    format: "cjs",
    minify: true,
    // Compiled by node:vm, which has no import().
    supported: { "dynamic-import": false },
    write: false,
  });
  const text = half.outputFiles?.[0]?.text;
  if (text === undefined) throw new Error("esbuild gave no second half");
  await build({
    ...common,
    define: { ...common.define, SLIPWAY_UPDATE_HALF: JSON.stringify(pack(text)) },
    entryPoints: { launcher: "src/launcher/main.ts" },
    outdir: out,
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    // Outside of what esbuild reads: a literal that is folded or repeated could not be stamped.
    banner: { js: `const SLIPWAY_PLACEHOLDER = String.raw\`${emptyPlaceholder()}\`;` },
  });
}

/** As `src/launcher/half.ts` unpacks it. */
function pack(text: string): string {
  return zstdCompressSync(text, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }).toString("base64");
}
