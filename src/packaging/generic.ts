import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { diskError, systemCodeOf } from "../errors.ts";
import { type BaseOptions, provideBase } from "./bases.ts";
import { fillPkgCache, findPkg, type Pkg, runPkg } from "./pkg.ts";
import { ownNodeOptions } from "./ownOptions.ts";
import { findPlaceholder } from "./stamp.ts";
import { stripElf } from "./stripElf.ts";
import { hostTarget, NODE_VERSION, type Target } from "./targets.ts";

export interface GenericOptions extends BaseOptions {
  /** The launcher as one CommonJS file. */
  readonly bundle: string;
  /** A Node of at least version 22, which runs pkg. */
  readonly nodeExecutable: string;
  /** Node's name of the architecture that builds. */
  readonly arch: string;
  /** Told once when a launcher is really made, which takes some seconds. */
  readonly onMake?: (target: Target) => void;
}

// Whoever works on the launcher makes one of 120 MB with every change; those of an hour ago serve nobody.
const STALE_MS = 60 * 60 * 1000;

// Another one whenever the same bundle, Node and pkg are to give another launcher.
const RECIPE = "stripped, own options, internals";

/**
 * The launcher for a target, without a configuration. It is made once for a bundle and kept; two builds at once do the
 * work twice and agree on the result.
 *
 * @returns its path in the cache.
 */
export async function makeGenericLauncher(target: Target, options: GenericOptions): Promise<string> {
  const pkg = await findPkg(options.resolveFrom);
  const key = keyOf(await readFile(options.bundle), pkg);
  const kept = join(options.cacheDirectory, "launchers", `${key}-${target.pkgBase}${target.suffix}`);
  if (await markUsed(kept)) return kept;
  options.onMake?.(target);
  try {
    await mkdir(dirname(kept), { recursive: true });
    await make(pkg, { target, kept }, options);
    await removeStale(dirname(kept), key);
  } catch (error) {
    throw diskError(error, kept);
  }
  return kept;
}

function keyOf(bundle: Buffer, pkg: Pkg): string {
  return createHash("sha256")
    .update(bundle)
    .update(`${NODE_VERSION} ${pkg.version} ${RECIPE}`)
    .digest("hex")
    .slice(0, 16);
}

async function make(
  pkg: Pkg,
  { target, kept }: { target: Target; kept: string },
  options: GenericOptions,
): Promise<void> {
  const work = await mkdtemp(join(dirname(kept), ".work-"));
  try {
    const home = join(work, "home");
    // The host's base generates the blob, and must be of the very same version.
    const bases = [];
    for (const entry of new Set([hostTarget(options.platform, options.arch), target])) {
      const binary = await provideBase(entry, options);
      bases.push({ target: entry, binary: entry === target ? await adapt(binary, { target, work }) : binary });
    }
    await fillPkgCache(home, bases);
    const { nodeExecutable, env } = options;
    // pkg runs in a folder of its own.
    const [bundle, output] = [resolve(options.bundle), resolve(work, `launcher${target.suffix}`)];
    await runPkg(pkg, { bundle, target, output, home, nodeExecutable, env });
    findPlaceholder(await readFile(output));
    await chmod(output, 0o755);
    await rename(output, kept);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * The base as a launcher wants it: with options of its own, and without what never gets into memory, where that can be
 * left out: an eighth of it. It is done here and not by a tool that a machine may have, so that all machines make the
 * same launcher. Only Linux's is stripped: a Mac's has its symbols in a segment that is loaded and that code signatures
 * depend on, which takes a Mac to test; Windows' has none.
 */
async function adapt(base: string, { target, work }: { target: Target; work: string }): Promise<string> {
  const adapted = join(work, "base");
  const binary = await readFile(base);
  ownNodeOptions(binary);
  await writeFile(adapted, target.platform.os === "linux" ? stripElf(binary) : binary, { mode: 0o755 });
  return adapted;
}

/** Whether the launcher is there; if so, it is kept for longer. */
async function markUsed(path: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(path, now, now);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    // A cache that may only be read serves as well; should it not even do that, copying from it says why.
    return true;
  }
}

/** Removes launchers of other bundles, and what a killed build left behind. */
async function removeStale(directory: string, key: string): Promise<void> {
  const now = Date.now();
  for (const name of await readdir(directory)) {
    if (name.startsWith(key)) continue;
    const path = join(directory, name);
    try {
      if (now - (await stat(path)).mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
    } catch (error) {
      // Another build was faster, or the launcher is being copied on a system that locks open files.
      if (systemCodeOf(error) === undefined) throw error;
    }
  }
}
