import { join } from "node:path";
import { buildSync } from "esbuild";

/**
 * A script of this folder in one file, minified as a launcher is: reading and stripping TypeScript would be timed
 * besides.
 *
 * @returns its path.
 */
export function bundle(name: string, folder: string): string {
  const outfile = join(folder, `${name}.mjs`);
  buildSync({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "node22",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return outfile;
}
