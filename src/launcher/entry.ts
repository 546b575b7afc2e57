import { randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { open, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { diskError, formatError } from "../errors.ts";
import { isWithin } from "../launch/start.ts";
import { makeFolder } from "../store/atomic.ts";
import { TEMPORARY } from "../store/paths.ts";
import { readSettled } from "../store/settled.ts";
import { composeEntry, type Script } from "./composeEntry.ts";
import type { LaunchContext } from "./context.ts";
import { formatFirstEntry, NOW_SUFFIX } from "./entryScript.ts";
import type { Session } from "./session.ts";

// Where a check is never due, the file's time says nothing.
const NEVER = new Date(0);

/**
 * Makes the script that a fast command is anew, if this launcher is the one at its place. Whatever fails is logged: a
 * script that was made for something else starts the launcher.
 */
export async function renewEntry({ context, update }: Session): Promise<void> {
  const { paths, executable, embedded } = context;
  const settled = readSettled(paths);
  if (!hasEntry(context) || settled === undefined || !isWithin(executable, settled.home)) return;
  // A newer one has taken this one's place meanwhile: what comes next is that one's affair.
  if (settled.launcherVersion !== embedded.launcherVersion) return;
  try {
    const script = composeEntry(context, Date.now());
    await writeScript(paths.entry, script ?? { text: formatFirstEntry(executable) });
  } catch (error) {
    update.log("not-written", { error: formatError(error) });
  }
}

/**
 * Before a launcher gets its place: what the script was made for may not hold for that one. Where none is wanted it
 * goes. @throws AppError `io`, `cannot-create`.
 */
export async function resetEntry({ context, desktop }: Session): Promise<void> {
  const { entry } = context.paths;
  if (hasEntry(context))
    return await writeScript(entry, { text: formatFirstEntry(desktop.executableIn(desktop.home)) });
  for (const file of [entry, `${entry}${NOW_SUFFIX}`]) await rm(file, { force: true });
}

function hasEntry({ installer }: LaunchContext): boolean {
  return installer.desktop.fastCommand === true && process.platform !== "win32";
}

/** A shell that is reading the old one goes on reading that. The new one has its time before it has its name. */
async function writeScript(path: string, { text, due = NEVER }: Script): Promise<void> {
  const beside = `${path}.${randomUUID().slice(0, 8)}${TEMPORARY}`;
  try {
    if (isWritten(path, { text, due })) return;
    await makeFolder(dirname(path));
    await writeFile(`${path}${NOW_SUFFIX}`, "", { mode: 0o600 });
    const file = await open(beside, "wx", 0o700);
    try {
      await file.writeFile(text);
      await file.utimes(due, due);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw diskError(error, path);
  }
}

function isWritten(path: string, { text, due }: Required<Script>): boolean {
  try {
    return readFileSync(path, "utf8") === text && statSync(path).mtimeMs === due?.getTime();
  } catch {
    return false;
  }
}
