import { mkdir, mkdtemp, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import { shortDigest } from "../oci/digest.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { Storage } from "../oci/storage.ts";
import type { Target } from "../packaging/targets.ts";
import type { RegistryClient } from "../registry/client.ts";
import { readRelease } from "../release/readRelease.ts";
import { materialize } from "../release/unpack.ts";
import { selectManifest } from "../update/selectManifest.ts";
import { openSource, parsePlace } from "./place.ts";

export interface LauncherSourceOptions {
  readonly cwd: string;
  readonly network: RegistryClient;
  readonly cacheDirectory: string;
  /** Node's name of the system that builds. */
  readonly platform: NodeJS.Platform;
}

/** The name of a launcher that carries no program yet, in a folder of them. */
export function genericFile({ platform, suffix }: Target): string {
  return `launcher-${platform.os}-${platform.architecture}${suffix}`;
}

/**
 * Launchers that somebody else has made: a folder of them, or a release with one for each platform, from which they
 * come verified and are kept.
 *
 * @returns what gives a target's path; it throws AppError `not-found`, `bad-data`.
 */
export function openLauncherSource(text: string, options: LauncherSourceOptions): (target: Target) => Promise<string> {
  const folder = resolve(options.cwd, text);
  return async (target) => {
    const path = (await isFolder(folder))
      ? join(folder, genericFile(target))
      : await fetchLauncher(text, target, options);
    await checkFormat(path, target);
    return path;
  };
}

async function fetchLauncher(text: string, target: Target, options: LauncherSourceOptions): Promise<string> {
  await using source = await openSource(parsePlace(text), options);
  const root = await source.root();
  const selected = await selectManifest(source.storage, root, { host: target.platform });
  if (selected === undefined) {
    throw new AppError("not-found", `${source.name} has no launcher for ${formatPlatform(target.platform)}`, {
      hint: "Make one with slipway build --generic, or build without --launchers.",
    });
  }
  const name = `${shortDigest(selected.descriptor.digest)}-${genericFile(target)}`;
  const kept = join(options.cacheDirectory, "launchers", name);
  if (await isFile(kept)) return kept;
  try {
    await fetchInto(kept, { storage: source.storage, selected, platform: options.platform });
  } catch (error) {
    throw diskError(error, kept);
  }
  return kept;
}

interface Fetching {
  readonly storage: Storage;
  readonly selected: NonNullable<Awaited<ReturnType<typeof selectManifest>>>;
  readonly platform: NodeJS.Platform;
}

async function fetchInto(kept: string, { storage, selected, platform }: Fetching): Promise<void> {
  await mkdir(dirname(kept), { recursive: true });
  const work = await mkdtemp(join(dirname(kept), ".work-"));
  try {
    const { executable } = await materialize({
      files: readRelease(selected.manifest, { entrypoint: undefined, config: undefined }),
      blobs: { open: (layer, signal) => storage.fetch(layer, { signal }) },
      directory: work,
      platform,
    });
    await rename(join(work, executable), kept);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const FORMATS: Readonly<Record<string, { readonly name: string; readonly magic: readonly number[] }>> = {
  linux: { name: "an ELF executable", magic: [0x7f, 0x45, 0x4c, 0x46] },
  windows: { name: "a Windows executable", magic: [0x4d, 0x5a] },
  darwin: { name: "a Mach-O executable", magic: [0xcf, 0xfa, 0xed, 0xfe] },
};

async function checkFormat(path: string, { platform }: Target): Promise<void> {
  const format = FORMATS[platform.os];
  if (format === undefined) return;
  const head = await readHead(path, format.magic.length);
  if (format.magic.every((byte, position) => head[position] === byte)) return;
  throw new AppError("bad-data", `${path} is not ${format.name}, which ${formatPlatform(platform)} needs`, {
    hint: "Launchers for --launchers are made by: slipway build --generic",
  });
}

async function readHead(path: string, length: number): Promise<Uint8Array> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (systemCodeOf(error) !== "ENOENT") throw diskError(error, path);
    throw new AppError("not-found", `there is no ${path}`, {
      hint: "Launchers for --launchers are made by: slipway build --generic",
    });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
