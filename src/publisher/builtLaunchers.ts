import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installer } from "../config/installer.ts";
import { AppError, diskError } from "../errors.ts";
import type { Platform } from "../oci/platform.ts";
import { parseRepository } from "../oci/reference.ts";
import { launcherFile } from "../packaging/launcherFile.ts";
import { readStamp } from "../packaging/stamp.ts";
import { TARGETS } from "../packaging/targets.ts";
import { tagOfLauncher } from "../release/launcherTag.ts";
import { VERSION } from "../version.ts";
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

/** What launchers are published as: raw files, so that the link to one is a download link. @throws AppError `bad-data`. */
export async function readBuilt(installer: Installer, platforms: readonly BuiltFile[]): Promise<ReleaseContent> {
  const version = installer.launcherVersion ?? VERSION;
  for (const { path } of platforms) await checkBuilt(path, { id: installer.id, version });
  return {
    reference: { ...parseRepository(installer.repository), tag: tagOfLauncher(version) },
    version,
    title: `${installer.name} (launcher)`,
    platforms,
    includes: [],
    entrypoint: undefined,
    compression: "none",
  };
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
