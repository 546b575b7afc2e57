import { compareBuild } from "semver";
import { formatError } from "../errors.ts";
import type { DesktopApp } from "../desktop/desktop.ts";
import { isWithin } from "../launch/start.ts";
import type { Activation } from "../store/activation.ts";
import { acquireLock } from "../store/lock.ts";
import { launcherPaths } from "../store/paths.ts";
import { readSettled, type Settled, writeSettled } from "../store/settled.ts";
import { resetEntry } from "./entry.ts";
import { readIcon } from "./icon.ts";
import type { Session } from "./session.ts";
import { sweepPlace } from "./sweepPlace.ts";
import { sizeOfTree } from "./treeSize.ts";

/**
 * Gives the launcher its place on this computer, with shortcuts to it, unless one that is as new is there. Whatever
 * fails is logged: the program starts all the same, and another start tries again.
 *
 * @returns whether the launcher is at its place now.
 */
export async function settle(
  session: Session,
  activation: Activation,
  { waitForLock }: { readonly waitForLock: number },
): Promise<boolean> {
  const { paths, embedded } = session.context;
  try {
    await using lock = await acquireLock(launcherPaths(paths), { timeout: waitForLock });
    if (lock === undefined) return false;
    const before = readSettled(paths);
    if (before !== undefined && !isOlder(before, embedded.launcherVersion)) return true;
    await install(session, activation);
    return true;
  } catch (error) {
    session.update.log("settle-failed", { error: formatError(error) });
    return false;
  }
}

/**
 * Puts the launcher at its place, whatever is there, makes its shortcuts, and writes that down. The caller holds the
 * launcher's lock.
 */
export async function install(session: Session, activation: Activation): Promise<void> {
  const { context, desktop } = session;
  const { launcherVersion } = context.embedded;
  await sweepPlace(context, desktop);
  await resetEntry(session);
  if (!isWithin(context.executable, desktop.home)) await desktop.place(desktop.origin);
  const before = readSettled(context.paths)?.made;
  const app = describeApp(session, activation);
  const { id, name } = app;
  // What an earlier launcher declared, and this one does not, would stay behind.
  if (before !== undefined && JSON.stringify(before) !== JSON.stringify({ id, name, desktop: app.desktop }))
    await desktop.remove(madeBy(before));
  const problems = await desktop.integrate(app);
  await writeSettled(context.paths, {
    schema: 1,
    launcherVersion,
    home: desktop.home,
    made: { id, name, desktop: app.desktop },
  });
  session.update.log("settled", { home: desktop.home, launcherVersion, problems });
}

/** What was integrated, as it was written down. */
export function madeBy(made: Settled["made"]): Pick<DesktopApp, "id" | "name" | "desktop"> {
  return made as unknown as Pick<DesktopApp, "id" | "name" | "desktop">;
}

/** Tells the system which version is installed now. */
export async function describeInstalled(session: Session, activation: Activation): Promise<void> {
  if (readSettled(session.context.paths) === undefined) return;
  try {
    await session.desktop.describe(describeApp(session, activation));
  } catch (error) {
    session.update.log("settle-failed", { error: formatError(error) });
  }
}

function describeApp({ context, messages }: Session, { current }: Activation): DesktopApp {
  const { installer, paths } = context;
  return {
    id: installer.id,
    name: installer.name,
    publisher: installer.publisher,
    version: current.version,
    size: async () => await sizeOfTree(paths.root),
    interface: installer.interface,
    desktop: installer.desktop,
    icon: readIcon(context),
    uninstall: messages.uninstall(installer.name),
  };
}

function isOlder({ launcherVersion }: Settled, than: string): boolean {
  try {
    return compareBuild(launcherVersion, than) < 0;
  } catch {
    // Not a version: whoever wrote it, it is no reason to stay.
    return true;
  }
}
