import { spawn } from "node:child_process";
import { access, copyFile, link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { AppError } from "../errors.ts";
import type { Target } from "./targets.ts";

/** pkg as it is installed: a program that is run, not a library. */
export interface Pkg {
  readonly cli: string;
  readonly version: string;
}

/** @param resolveFrom a file of the package that depends on pkg. @throws AppError `internal` where pkg is missing. */
export async function findPkg(resolveFrom: string): Promise<Pkg> {
  let manifest: string;
  try {
    manifest = createRequire(resolveFrom).resolve("@yao-pkg/pkg/package.json");
  } catch (cause) {
    throw new AppError("internal", "pkg, which makes launchers and comes with Slipway, is missing", {
      hint: "Install Slipway again.",
      cause,
    });
  }
  const { bin, version } = JSON.parse(await readFile(manifest, "utf8")) as { bin: { pkg: string }; version: string };
  return { cli: join(dirname(manifest), bin.pkg), version };
}

/**
 * Fills pkg's cache in a home folder of our own: pkg would download its bases from elsewhere, and a person's own cache
 * is not touched. pkg does not look into what it finds marked as verified.
 */
export async function fillPkgCache(
  home: string,
  bases: readonly { readonly target: Target; readonly binary: string }[],
): Promise<void> {
  const cache = join(home, ".pkg-cache", "sea");
  for (const { target, binary } of bases) {
    const { pkgBase, pkgArchive, suffix } = target;
    const archive = join(cache, `${pkgBase}.${pkgArchive}`);
    const place = suffix === ".exe" ? join(cache, `${pkgBase}.exe`) : join(cache, pkgBase, "bin", "node");
    await mkdir(dirname(place), { recursive: true });
    for (const sentinel of [archive, `${archive}.ok`, `${place}.ok`]) await writeFile(sentinel, "");
    // 100 MB each, which pkg only reads: a link where the file system has them.
    await link(binary, place)
      .catch(async () => await symlink(binary, place))
      .catch(async () => await copyFile(binary, place));
  }
}

// pkg has settings of Node's for a single executable, and hands none of them on from its command line.
const WITH_SETTINGS = `
const sea = require(require("node:path").join(require("node:path").dirname(process.argv[1]), "sea.js"));
const make = sea.default;
sea.default = async (entry, options) => await make(entry, { ...options, seaConfig: ${JSON.stringify({ execArgv: ["--expose-internals"] })} });
require(process.argv[1]);
`;

export interface PkgRun {
  /** One CommonJS file. */
  readonly bundle: string;
  readonly target: Target;
  /** The executable to write. */
  readonly output: string;
  readonly home: string;
  /** A Node of at least version 22. */
  readonly nodeExecutable: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Makes a launcher whose code may use Node's internal modules: one of them starts a program in this one's place sooner
 * than what is public (`src/launch/execve.ts`).
 *
 * @throws AppError `internal` with the end of what pkg said, when it made nothing.
 */
export async function runPkg({ cli }: Pkg, run: PkgRun): Promise<void> {
  const { bundle, target, output, home } = run;
  const args = ["-e", WITH_SETTINGS, cli, "--sea", bundle, "-t", target.pkgTarget, "-o", output];
  // A developer's NODE_OPTIONS are for other programs: the base that generates the blob may not know them.
  const { NODE_OPTIONS: _, ...env } = run.env;
  const said = await new Promise<{ code: number | null; text: string }>((resolve, reject) => {
    const child = spawn(run.nodeExecutable, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...env, HOME: home, USERPROFILE: home, PKG_CACHE_PATH: join(home, ".pkg-cache") },
      cwd: home,
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => (text += chunk));
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
  });
  const made = await access(output).then(
    () => true,
    () => false,
  );
  if (said.code === 0 && made) return;
  const last = said.text.trim().split("\n").slice(-6).join("\n");
  throw new AppError("internal", `the launcher for ${target.pkgTarget} could not be made:\n${last}`, {
    hint: "Remove Slipway's cache folder and build again; if it stays, report it with the lines above.",
  });
}
