import { rm, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { diskError } from "../../errors.ts";
import { writeFileAtomically } from "../../store/atomic.ts";
import { attemptAll } from "../attempt.ts";
import { copyLauncher } from "../copyLauncher.ts";
import type { Desktop, DesktopApp, DesktopFacts, Integrated } from "../desktop.ts";
import { freshBeside, swapAside, sweepAside } from "../swap.ts";
import { openWindowsDialogs } from "./dialogs.ts";
import { addressCommandKey, associations, removals, uninstallEntry } from "./entries.ts";
import { openRegistry } from "./registry.ts";
import type { RegistryChange } from "./registryFile.ts";
import { removeAfterExit } from "./removeAfterExit.ts";
import { addToPath, removeFromPath } from "./searchPath.ts";
import { composeShellLink } from "./shellLink.ts";
import { findShellFolders } from "./shellFolders.ts";

/** Start menu, *Installed apps*, PATH and associations, all in the person's own part of the system. */
export function openWindowsDesktop(facts: DesktopFacts): Desktop {
  const { env } = facts;
  const registry = openRegistry(facts);
  const home = facts.settled ?? join(facts.directory, `${facts.command ?? facts.fileName}.exe`);
  const folder = dirname(home);
  const location = dirname(facts.directory);

  async function shortcutsOf({ name, desktop }: Integrated): Promise<string[]> {
    const { programs, desktop: desktopFolder } = await findShellFolders(registry, env);
    // Windows' rules for file names.
    const file = `${name.replace(/[<>:"/\\|?*]/g, " ").trim()}.lnk`;
    return [join(programs, file), ...(desktop.shortcut ? [join(desktopFolder, file)] : [])];
  }

  /** Programs that are started from now on see the new PATH: they get it from the desktop, which has to be told. */
  async function announcePath(): Promise<void> {
    // Setting a variable that there is none of changes nothing, and tells everybody that something may have.
    const script = "[Environment]::SetEnvironmentVariable('SLIPWAY_PATH_CHANGED', $null, 'User')";
    const root = env["SystemRoot"] ?? String.raw`C:\Windows`;
    const powershell = join(root, "System32", "WindowsPowerShell", "v1.0", "powershell.exe");
    await facts.run(powershell, ["-NoProfile", "-NonInteractive", "-Command", script]);
  }

  async function makeShortcuts(app: DesktopApp): Promise<void> {
    const link = composeShellLink({
      target: home,
      workingDirectory: facts.userHome,
      description: app.name,
      icon: { path: home, index: 0 },
      appUserModelId: app.id,
    });
    for (const file of await shortcutsOf(app)) await writeFileAtomically(file, link);
  }

  /** Another program may have taken an address over since: it is left alone. */
  async function ownSchemes({ desktop }: Integrated): Promise<string[]> {
    const own: string[] = [];
    for (const scheme of desktop.urlSchemes) {
      const command = (await registry.read(addressCommandKey(scheme))).get("");
      if (command?.kind === "string" && command.text.includes(home)) own.push(scheme);
    }
    return own;
  }

  async function entryOf(app: DesktopApp): Promise<RegistryChange> {
    return uninstallEntry(app, { launcher: home, location, size: await app.size(), date: new Date() });
  }

  return {
    home,
    origin: facts.executable,
    dialogs: openWindowsDialogs(env),
    executableIn: (launcher) => launcher,

    async unpack(published, directory) {
      const launcher = join(directory, basename(home));
      await copyLauncher(published, launcher);
      return launcher;
    },

    async place(launcher) {
      const fresh = freshBeside(home);
      await copyLauncher(launcher, fresh);
      // The mark of a download is copied with the file, and would have Windows warn at every start from the menu.
      await unlink(`${fresh}:Zone.Identifier`).catch(() => undefined);
      try {
        await swapAside(fresh, home, facts.startGuard);
      } finally {
        await rm(fresh, { force: true }).catch(() => undefined);
      }
    },

    sweep: async () => await sweepAside(home),

    async integrate(app: DesktopApp) {
      return await attemptAll([
        async () => await makeShortcuts(app),
        async () => await registry.change([await entryOf(app), ...associations(app, home)]),
        async () => {
          if (app.desktop.command !== undefined && (await addToPath(registry, folder))) await announcePath();
        },
      ]);
    },

    async describe(app: DesktopApp) {
      await registry.change([await entryOf(app)]);
    },

    async remove(app: Integrated) {
      for (const file of await shortcutsOf(app)) {
        await rm(file, { force: true }).catch((error: unknown) => {
          throw diskError(error, file);
        });
      }
      const urlSchemes = await ownSchemes(app);
      await registry.change(removals({ ...app, desktop: { ...app.desktop, urlSchemes } }));
      if (app.desktop.command !== undefined && (await removeFromPath(registry, folder))) await announcePath();
    },

    removeLauncher: async () => await removeAfterExit(facts.directory, { home, env }),
    // Node asks Windows by itself.
    locale: async () => undefined,
    // A console program gets its console from the system.
    inTerminal: () => undefined,
  };
}
