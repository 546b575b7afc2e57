import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { AppError } from "../errors.ts";
import { NODE_VERSION, type Target } from "./targets.ts";

export interface BaseOptions {
  /** Kept between builds. */
  readonly cacheDirectory: string;
  /** A file of the installed package, from which its dependencies are found. */
  readonly resolveFrom: string;
  /** Node's name of the system that builds. */
  readonly platform: NodeJS.Platform;
}

/**
 * Node itself for a target: the one that came with Slipway's own install where it is this machine's, else from npm,
 * which checks its integrity. A copy in the cache is checked again at every use.
 *
 * @returns the path of the binary. @throws AppError `unavailable`.
 */
export async function provideBase(target: Target, options: BaseOptions): Promise<string> {
  const installed = await findInstalled(target, options.resolveFrom);
  if (installed !== undefined) return installed;
  const cached = join(options.cacheDirectory, "bases", `${target.pkgBase}${target.suffix}`);
  if (await isIntact(cached)) return cached;
  await mkdir(dirname(cached), { recursive: true });
  const work = await mkdtemp(join(dirname(cached), ".work-"));
  try {
    const archive = await npmPack(`${target.nodePackage}@${NODE_VERSION}`, work, options.platform);
    const binary = join(work, "binary");
    await extractOne(archive, `package/${target.nodeBinary}`, binary);
    const sidecar = join(work, randomUUID());
    await writeFile(sidecar, await hashFile(binary));
    await rename(sidecar, `${cached}.sha256`);
    await rename(binary, cached);
    return cached;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function findInstalled(target: Target, resolveFrom: string): Promise<string | undefined> {
  const require = createRequire(resolveFrom);
  let manifest: string;
  try {
    manifest = require.resolve(`${target.nodePackage}/package.json`);
  } catch {
    // npm installs only the optional dependency that fits the machine.
    return undefined;
  }
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version?: unknown };
  const binary = join(dirname(manifest), target.nodeBinary);
  const there = await access(binary).then(
    () => true,
    () => false,
  );
  return version === NODE_VERSION && there ? binary : undefined;
}

async function npmPack(specifier: string, directory: string, platform: NodeJS.Platform): Promise<string> {
  const windows = platform === "win32";
  try {
    await promisify(execFile)(
      windows ? "npm.cmd" : "npm",
      ["pack", specifier, "--silent", "--pack-destination", directory],
      {
        shell: windows,
        cwd: directory,
      },
    );
  } catch (cause) {
    const detail =
      cause instanceof Error && "stderr" in cause
        ? String(cause.stderr).trim().split("\n").slice(-3).join(" ")
        : String(cause);
    throw new AppError("unavailable", `npm could not fetch ${specifier}: ${detail}`, {
      hint: "npm must be installed and reach its registry. What was fetched once is kept.",
      cause,
    });
  }
  const name = (await readdir(directory)).find((entry) => entry.endsWith(".tgz"));
  if (name === undefined) throw new AppError("unavailable", `npm wrote no archive of ${specifier}`);
  return join(directory, name);
}

async function extractOne(archive: string, wanted: string, target: string): Promise<void> {
  const tar = extract();
  const feeding = pipeline(createReadStream(archive), createGunzip(), tar as unknown as NodeJS.WritableStream);
  let found = false;
  for await (const entry of tar) {
    if (entry.header.name === wanted) {
      found = true;
      await pipeline(entry, createWriteStream(target, { mode: 0o755 }));
    } else entry.resume();
  }
  await feeding;
  if (!found) throw new AppError("bad-data", `the package of Node for this platform has no ${wanted}`);
}

async function isIntact(path: string): Promise<boolean> {
  const recorded = await readFile(`${path}.sha256`, "utf8").catch(() => undefined);
  return recorded !== undefined && recorded === (await hashFile(path).catch(() => undefined));
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
