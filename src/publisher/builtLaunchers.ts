import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installer } from "../config/installer.ts";
import { AppError, diskError } from "../errors.ts";
import { TITLE, VENDOR } from "../oci/annotations.ts";
import type { Platform } from "../oci/platform.ts";
import { parseRepository } from "../oci/reference.ts";
import { launcherFile } from "../packaging/launcherFile.ts";
import { readStamp } from "../packaging/stamp.ts";
import { TARGETS } from "../packaging/targets.ts";
import { tagOfLauncher } from "../release/launcherTag.ts";
import { VERSION } from "../version.ts";
import { attachToLaunchers, type LauncherWishes } from "./attachToLaunchers.ts";
import type { ReleaseContent } from "./pushRelease.ts";

export interface BuiltFile {
  readonly platform: Platform;
  readonly path: string;
}

/** The launchers that `slipway build` has written into a folder. @throws AppError `not-found` when there are none. */
export function findBuilt(installer: Installer, folder: string): BuiltFile[] {
  const found = TARGETS.map((target) => ({
    platform: target.platform,
    path: join(folder, launcherFile(installer, target)),
  })).filter(({ path }) => existsSync(path));
  if (found.length > 0) return found;
  throw new AppError("not-found", `there is no launcher of ${installer.name} in ${folder}`, {
    hint: "Make them first: slipway build",
  });
}

/**
 * What launchers are published as: raw files, so that the link to one is a download link, and what a download page wants
 * besides. @throws AppError `bad-data`.
 */
export async function readBuilt(
  installer: Installer,
  platforms: readonly BuiltFile[],
  wishes: LauncherWishes,
): Promise<ReleaseContent> {
  const version = installer.launcherVersion ?? VERSION;
  const { name, publisher, sign } = installer;
  for (const { path } of platforms) await checkBuilt(path, { id: installer.id, version });
  const reference = { ...parseRepository(installer.repository), tag: tagOfLauncher(version) };
  return {
    reference,
    version,
    title: `${installer.name} (launcher)`,
    platforms: platforms.map(({ platform, path }) => ({ platform, path, codeSigned: isSigned(sign, platform.os) })),
    includes: [],
    entrypoint: undefined,
    compression: "none",
    manifestAnnotations: { [TITLE]: name, ...(publisher === undefined ? {} : { [VENDOR]: publisher }) },
    attach: async (programs, to) => await attachToLaunchers(programs, { ...to, reference, version }, wishes),
  };
}

/** Whether `slipway build` had a command of the publisher's sign what it made for a system. */
function isSigned(sign: Installer["sign"], os: string): boolean {
  return (os === "windows" && sign?.windows !== undefined) || (os === "darwin" && sign?.darwin !== undefined);
}

/**
 * Installed launchers look at the version that a launcher was built with: one of another program, or an old one under
 * a new version, would be fetched again and again. A Mac's zip is taken as it is.
 *
 * @throws AppError `bad-data`.
 */
async function checkBuilt(path: string, { id, version }: { id: string; version: string }): Promise<void> {
  if (path.endsWith(".zip")) return;
  const file = await readFile(path).catch((error: unknown) => {
    throw diskError(error, path);
  });
  const stamp = readStamp(file);
  const hint = "Build again: slipway build";
  if (stamp === undefined) throw new AppError("bad-data", `${path} is no launcher`, { hint });
  if (stamp.installer.id !== id)
    throw new AppError("bad-data", `${path} is a launcher of ${stamp.installer.id}, not of ${id}`, { hint });
  if (stamp.launcherVersion !== version)
    throw new AppError("bad-data", `${path} was built as launcher ${stamp.launcherVersion}, not ${version}`, { hint });
}
