import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  access,
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { AppError } from "../errors.ts";
import { type BaseOptions, provideBase } from "./bases.ts";
import { findPlaceholder } from "./stamp.ts";
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
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The launcher for a target, without a configuration. It is made once for a bundle and kept; two builds at once do the
 * work twice and agree on the result.
 */
export async function makeGenericLauncher(target: Target, options: GenericOptions): Promise<string> {
  const key = createHash("sha256")
    .update(await readFile(options.bundle))
    .update(NODE_VERSION)
    .digest("hex")
    .slice(0, 16);
  const kept = join(options.cacheDirectory, "launchers", `${key}-${target.pkgBase}${target.suffix}`);
  if (
    await access(kept).then(
      () => true,
      () => false,
    )
  )
    return kept;
  options.onMake?.(target);
  await mkdir(dirname(kept), { recursive: true });
  const work = await mkdtemp(join(dirname(kept), ".work-"));
  try {
    const made = join(work, `launcher${target.suffix}`);
    const home = await prepareHome(work, target, options);
    await runPkg({ target, made, home }, options);
    findPlaceholder(await readFile(made));
    await chmod(made, 0o755);
    await rename(made, kept);
    return kept;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * A home folder of our own with pkg's cache filled: pkg would download its bases from elsewhere, and a person's own
 * cache is not touched. The host's base generates the blob and must be of the very same version.
 */
async function prepareHome(work: string, target: Target, options: GenericOptions): Promise<string> {
  const home = join(work, "home");
  const cache = join(home, ".pkg-cache", "sea");
  await mkdir(cache, { recursive: true });
  const host = hostTarget(options.platform, options.arch);
  for (const entry of host.pkgBase === target.pkgBase ? [target] : [host, target]) {
    await placeBase(cache, entry, await provideBase(entry, options));
  }
  return home;
}

async function placeBase(cache: string, { pkgBase, pkgArchive, suffix }: Target, binary: string): Promise<void> {
  const archive = join(cache, `${pkgBase}.${pkgArchive}`);
  const place = suffix === ".exe" ? join(cache, `${pkgBase}.exe`) : join(cache, pkgBase, "bin", "node");
  await mkdir(dirname(place), { recursive: true });
  for (const sentinel of [archive, `${archive}.ok`, `${place}.ok`]) await writeFile(sentinel, "");
  // 100 MB each: a link where the file system has them.
  await link(binary, place)
    .catch(async () => await symlink(binary, place))
    .catch(async () => await copyFile(binary, place));
}

async function runPkg(
  { target, made, home }: { target: Target; made: string; home: string },
  options: GenericOptions,
): Promise<void> {
  const cli = findPkg(options.resolveFrom);
  const args = [cli, "--sea", options.bundle, "-t", target.pkgTarget, "-o", made];
  const env = { ...options.env, HOME: home, USERPROFILE: home, PKG_CACHE_PATH: join(home, ".pkg-cache") };
  const output = await new Promise<{ code: number | null; text: string }>((resolve, reject) => {
    const child = spawn(options.nodeExecutable, args, { stdio: ["ignore", "pipe", "pipe"], env, cwd: home });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => (text += chunk));
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
  });
  const there = await access(made).then(
    () => true,
    () => false,
  );
  if (output.code === 0 && there) return;
  const last = output.text.trim().split("\n").slice(-6).join("\n");
  throw new AppError("internal", `the launcher for ${target.pkgTarget} could not be made:\n${last}`, {
    hint: "Remove Slipway's cache folder and build again; if it stays, report it with the lines above.",
  });
}

function findPkg(resolveFrom: string): string {
  const require = createRequire(resolveFrom);
  const manifest = require.resolve("@yao-pkg/pkg/package.json");
  const { bin } = require(manifest) as { bin?: Record<string, string> | string };
  const entry = typeof bin === "string" ? bin : bin?.["pkg"];
  if (entry === undefined)
    throw new AppError("internal", "the pkg that came with Slipway has no program", { hint: "Install Slipway again." });
  return join(dirname(manifest), entry);
}
