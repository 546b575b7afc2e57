import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { open, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import { isHeld } from "../store/atomic.ts";
import { acquireLock } from "../store/lock.ts";
import { launcherPaths, type StorePaths } from "../store/paths.ts";
import { readSettled } from "../store/settled.ts";
import { readInstalled } from "../store/versions.ts";
import { iconFile } from "./icon.ts";
import type { Session } from "./session.ts";
import { madeBy } from "./settle.ts";

/** What becomes of the person's own settings. */
export type SettingsWish = "ask" | "keep" | "delete";

const LOCK_WAIT_MS = 10_000;

/**
 * Takes away the program, its launcher and what led to them. Nothing that runs is stopped: where that stands in the
 * way, nothing is removed at all.
 *
 * @throws AppError `temporary` while the program runs (on Windows) or is being updated.
 */
export async function uninstall(
  session: Session,
  wish: SettingsWish,
): Promise<{ settings: "kept" | "deleted" | "none" }> {
  const { context, desktop, messages } = session;
  const { paths, places, installer } = context;
  const settled = readSettled(paths);
  const settings = !existsSync(context.overridesFile)
    ? "none"
    : (await wantsDeletion(session, wish))
      ? "deleted"
      : "kept";
  {
    await using lock = await acquireLock(paths, { timeout: LOCK_WAIT_MS });
    await using own = await acquireLock(launcherPaths(paths), { timeout: LOCK_WAIT_MS });
    if (lock === undefined || own === undefined) {
      throw new AppError("temporary", "another start of this program is updating it right now", {
        hint: "Wait a moment and try again.",
      });
    }
    const trash = await takeVersions(paths, messages.stillRunning(installer.name));
    if (settled !== undefined) await desktop.remove(madeBy(settled.made));
    for (const path of [
      trash,
      paths.versions,
      paths.blobs,
      paths.activation,
      paths.state,
      paths.news,
      paths.trust,
      dirname(paths.log),
    ])
      await rm(path, { recursive: true, force: true });
    await rm(`${paths.state}.damaged`, { force: true });
  }
  await rm(paths.lock, { recursive: true, force: true });
  await rm(places.cache, { recursive: true, force: true });
  if (settings === "deleted") await rm(context.overridesFile, { force: true });
  await desktop.removeLauncher();
  for (const folder of [paths.root, places.config, places.cache]) await removeEmpty(folder);
  return { settings };
}

/** Whether the settings go too: a wish that was given, or the person's answer, and no when nobody can be asked. */
async function wantsDeletion({ context, desktop, messages, windowed }: Session, wish: SettingsWish): Promise<boolean> {
  if (wish !== "ask") return wish === "delete";
  const text = messages.removeSettings(context.installer.name);
  if (process.stdin.isTTY && process.stderr.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      const [yes, no] = [messages.yes(), messages.no()];
      const answer = await terminal.question(`${text} [${yes.charAt(0).toLowerCase()}/${no.charAt(0).toUpperCase()}] `);
      return answer.trim() !== "" && yes.toLowerCase().startsWith(answer.trim().charAt(0).toLowerCase());
    } finally {
      terminal.close();
    }
  }
  if (!windowed) return false;
  const answer = await desktop.dialogs.ask({
    title: context.installer.name,
    text,
    yes: messages.yes(),
    no: messages.no(),
    icon: iconFile(context),
  });
  return answer ?? false;
}

/** Moves all versions aside in one step, unless one of them runs on Windows: then nothing has happened. */
async function takeVersions(paths: StorePaths, stillRunning: string): Promise<string> {
  if (process.platform === "win32") {
    for (const { directory, executable } of readInstalled(paths))
      if (await isRunning(join(paths.versions, directory, executable))) throw new AppError("temporary", stillRunning);
  }
  const trash = join(paths.root, `versions.${randomUUID().slice(0, 8)}.old`);
  try {
    await rename(paths.versions, trash);
  } catch (error) {
    if (isHeld(error)) throw new AppError("temporary", stillRunning, { cause: error });
    if (systemCodeOf(error) !== "ENOENT") throw diskError(error, paths.versions);
  }
  return trash;
}

/** Windows lets nobody write to a program that runs. */
async function isRunning(executable: string): Promise<boolean> {
  try {
    await (await open(executable, "r+")).close();
    return false;
  } catch (error) {
    return isHeld(error);
  }
}

/** The folder, and the one around it that carries the program's id, if nothing of anybody's is in them. */
async function removeEmpty(folder: string): Promise<void> {
  for (const path of [folder, dirname(folder)]) {
    try {
      await rmdir(path);
    } catch {
      // Something else is there, or it is gone already.
      return;
    }
  }
}
