import { constants } from "node:fs";
import { chmod, copyFile, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { diskError } from "../errors.ts";

/** Copies a launcher's file and has the disk keep it, before anything gets to rely on it. */
export async function copyLauncher(launcher: string, target: string): Promise<void> {
  try {
    await mkdir(dirname(target), { recursive: true });
    // A copy of 100 MB costs nothing where the file system shares blocks.
    await copyFile(launcher, target, constants.COPYFILE_FICLONE);
    await chmod(target, 0o755);
    const file = await open(target, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(target, { force: true }).catch(() => undefined);
    throw diskError(error, target);
  }
}
