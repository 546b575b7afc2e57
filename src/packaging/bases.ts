import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { AppError, diskError } from "../errors.ts";
import { npmPack } from "./npmPack.ts";
import { NODE_VERSION, type Target } from "./targets.ts";

export interface BaseOptions {
  /** Kept between builds. */
  readonly cacheDirectory: string;
  /** A file of the installed package, from which its dependencies are found. */
  readonly resolveFrom: string;
  /** Node's name of the system that builds. */
  readonly platform: NodeJS.Platform;
  /** What npm and pkg are started with. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Node itself for a target: the one that came with Slipway's own install where it is this machine's, else from npm.
 * What npm brings must be what Slipway was made with, and a copy in the cache is checked again at every use.
 *
 * @returns the path of the binary. @throws AppError `unavailable`, or `bad-data` for another archive than expected.
 */
export async function provideBase(target: Target, options: BaseOptions): Promise<string> {
  const installed = await findInstalled(target, options.resolveFrom);
  if (installed !== undefined) return installed;
  const cached = join(options.cacheDirectory, "bases", `${target.pkgBase}${target.suffix}`);
  if (await isIntact(cached)) return cached;
  try {
    await fetchBase(target, cached, options);
  } catch (error) {
    throw diskError(error, cached);
  }
  return cached;
}

async function findInstalled({ nodePackage }: Target, resolveFrom: string): Promise<string | undefined> {
  const require = createRequire(resolveFrom);
  let manifest: string;
  try {
    manifest = require.resolve(`${nodePackage.name}/package.json`);
  } catch {
    // npm installs only the optional dependency that fits the machine.
    return undefined;
  }
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version?: unknown };
  const binary = join(dirname(manifest), nodePackage.binary);
  const there = await access(binary).then(
    () => true,
    () => false,
  );
  return version === NODE_VERSION && there ? binary : undefined;
}

async function fetchBase(target: Target, cached: string, { platform, env }: BaseOptions): Promise<void> {
  await mkdir(dirname(cached), { recursive: true });
  const work = await mkdtemp(join(dirname(cached), ".work-"));
  try {
    const { name, binary: wanted, integrity } = target.nodePackage;
    const archive = await npmPack(`${name}@${NODE_VERSION}`, { directory: work, platform, env });
    await verifyArchive(archive, `${name}@${NODE_VERSION}`, integrity);
    const binary = join(work, "binary");
    if (!(await extractOne(archive, `package/${wanted}`, binary)))
      throw new AppError("bad-data", `${name}@${NODE_VERSION} has no ${wanted}`);
    const sidecar = join(work, "sha256");
    await writeFile(sidecar, await hashFile(binary));
    // A kill between the two leaves a sum without its file, which is no more than a reason to fetch again.
    await rename(sidecar, `${cached}.sha256`);
    await rename(binary, cached);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** npm compares an archive only with what its registry says of it. */
async function verifyArchive(archive: string, specifier: string, expected: string): Promise<void> {
  const actual = `sha512-${await hashFile(archive, "sha512", "base64")}`;
  if (actual === expected) return;
  throw new AppError("bad-data", `${specifier} is not what Slipway expects: ${actual} instead of ${expected}`, {
    hint: "The registry that npm uses, or a proxy before it, changes packages. Let npm use https://registry.npmjs.org, or ask whoever runs it.",
  });
}

async function extractOne(archive: string, wanted: string, target: string): Promise<boolean> {
  const tar = extract();
  const feeding = pipeline(createReadStream(archive), createGunzip(), tar as unknown as NodeJS.WritableStream);
  // A damaged archive ends the loop below as well, which reports it.
  feeding.catch(() => undefined);
  let found = false;
  for await (const entry of tar) {
    if (entry.header.name === wanted) {
      found = true;
      await pipeline(entry, createWriteStream(target, { mode: 0o755 }));
    } else entry.resume();
  }
  await feeding;
  return found;
}

async function isIntact(path: string): Promise<boolean> {
  const recorded = await readFile(`${path}.sha256`, "utf8").catch(() => undefined);
  return recorded !== undefined && recorded === (await hashFile(path).catch(() => undefined));
}

async function hashFile(
  path: string,
  algorithm: "sha256" | "sha512" = "sha256",
  encoding: "hex" | "base64" = "hex",
): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return hash.digest(encoding);
}
