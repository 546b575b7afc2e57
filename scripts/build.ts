// Bundles the two programs into dist/: run with `npm run build`.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, brotliCompressSync } from "node:zlib";
import { build, type BuildOptions, type Metafile, type OutputFile } from "esbuild";
import { emptyPlaceholder, findPlaceholder } from "../src/packaging/stamp.ts";
import { composeNotices } from "./notices.ts";

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
  outdir: out,
  write: false,
  define: { SLIPWAY_VERSION: JSON.stringify(version) },
};

const metafiles: Metafile[] = [];
const files = (await Promise.all([bundleCli(), bundleEntry(), bundleLauncher()])).flat();
replaceFiles([...files, noticesFile()]);

/**
 * Brings dist/ up to date file by file, and touches none that stays as it is: what runs from there meanwhile, such as
 * tests, finds every file, old or new.
 */
function replaceFiles(files: readonly BuiltFile[]): void {
  mkdirSync(out, { recursive: true });
  // Chunks before the programs that ask for them.
  for (const { path, contents } of [...files].sort((a, b) => Number(isChunk(b)) - Number(isChunk(a)))) {
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    const beside = `${path}.${process.pid}.tmp`;
    writeFileSync(beside, contents);
    renameSync(beside, path);
  }
  const names = new Set(files.map(({ path }) => basename(path)));
  for (const name of readdirSync(out)) if (!names.has(name)) rmSync(join(out, name), { recursive: true, force: true });
}

type BuiltFile = Pick<OutputFile, "path" | "contents">;

function noticesFile(): BuiltFile {
  return { path: join(out, "NOTICES.txt"), contents: new TextEncoder().encode(composeNotices(root, metafiles)) };
}

function isChunk({ path }: BuiltFile): boolean {
  return basename(path).startsWith("chunk-");
}

/** The publisher's CLI: commands are chunks of their own, loaded when they are called. */
async function bundleCli(): Promise<OutputFile[]> {
  return await bundle({
    entryPoints: { slipway: "src/publisher/main.ts", "delta-worker": "src/publisher/deltas/deltaWorker.ts" },
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
async function bundleEntry(): Promise<OutputFile[]> {
  return await bundle({
    entryPoints: { bin: "src/publisher/bin.ts" },
    format: "esm",
    target: "node20",
    external: ["./slipway.js"],
    banner: { js: "#!/usr/bin/env node" },
  });
}

/**
 * The launcher as one CommonJS file in two halves. The second is kept in a comment of the first: even an unused module
 * would have to be parsed. Compressed, because at every start the comment is at least read over to find its end.
 */
async function bundleLauncher(): Promise<OutputFile[]> {
  const [half] = await bundle({
    entryPoints: ["src/launcher/update.ts"],
    format: "cjs",
    minify: true,
    // Compiled by node:vm, which has no import().
    supported: { "dynamic-import": false },
  });
  if (half === undefined) throw new Error("esbuild gave no second half");
  const launcher = await bundle({
    entryPoints: { launcher: "src/launcher/main.ts" },
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    // Every start reads it.
    minify: true,
    // Outside of what esbuild reads: a literal that is folded or repeated could not be stamped.
    banner: {
      js: `const SLIPWAY_PLACEHOLDER = String.raw\`${emptyPlaceholder()}\`;\nfunction SLIPWAY_UPDATE_HALF() {/*${pack(half)}*/}`,
    },
  });
  for (const { contents } of launcher) findPlaceholder(Buffer.from(contents));
  return launcher;
}

async function bundle(options: BuildOptions): Promise<OutputFile[]> {
  const { metafile, outputFiles } = await build({ ...common, ...options, metafile: true });
  metafiles.push(metafile);
  return outputFiles ?? [];
}

/** As `src/launcher/half.ts` unpacks it: a byte for a character, which is also what V8 compiles fastest. */
function pack({ text }: OutputFile): string {
  // esbuild leaves regular expressions and tagged templates as they are.
  const foreign = /[\u0100-\uffff]/.exec(text);
  if (foreign !== null) throw new Error(`write ${foreign[0]} as an escape: the launcher is read as Latin-1`);
  const bytes = Buffer.from(text, "latin1");
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength } }).toString(
    "base64",
  );
}
