import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { INSTALLER_FILE, type Installer, parseInstaller } from "../config/installer.ts";
import { AppError, diskError, systemCodeOf } from "../errors.ts";

/** The publisher's installer.json. @throws AppError `not-found`, `config`. */
export async function readInstaller(cwd: string, path = INSTALLER_FILE): Promise<Installer> {
  const found = await readInstallerIfPresent(cwd, path);
  if (found !== undefined) return found;
  throw new AppError("not-found", `there is no ${resolve(cwd, path)}`, {
    hint: 'Write one with at least "id", "name" and "repository", or name another with --config.',
  });
}

export async function readInstallerIfPresent(cwd: string, path = INSTALLER_FILE): Promise<Installer | undefined> {
  const absolute = resolve(cwd, path);
  try {
    return parseInstaller(await readFile(absolute), path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw diskError(error, absolute);
  }
}
