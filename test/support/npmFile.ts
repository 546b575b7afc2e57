import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
const CACHE = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "npm-files");

/**
 * A file of an npm package, fetched once.
 *
 * @param name such as `@esbuild/linux-x64@0.25.0`.
 * @param path inside the package. @returns where it lies.
 */
export function npmFile(name: string, path: string): string {
  const folder = join(CACHE, name.replaceAll(/[@/]/g, "_"));
  if (!existsSync(folder)) {
    const work = `${folder}.new`;
    mkdirSync(join(work, "package"), { recursive: true });
    const packed = execFileSync("npm", ["pack", "--silent", name], { cwd: work, encoding: "utf8" }).trim();
    // Whatever its packer has called its folder.
    execFileSync("tar", ["xzf", packed, "-C", "package", "--strip-components=1"], { cwd: work });
    renameSync(work, folder);
  }
  return join(folder, "package", path);
}
