import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { diskError } from "../../errors.ts";
import { writeFileAtomically } from "../../store/atomic.ts";
import { copyLauncher } from "../copyLauncher.ts";
import type { Desktop, DesktopApp, DesktopFacts, Integrated } from "../desktop.ts";
import { linkCommand, unlinkCommand } from "../linkCommand.ts";
import { freshBeside, sweepAside } from "../swap.ts";
import { attemptAll } from "../attempt.ts";
import { formatDesktopEntry, formatMimePackage } from "./desktopEntry.ts";
import { openLinuxDialogs } from "./dialogs.ts";
import { findTerminal } from "./terminal.ts";

/** Menus and icons after the specifications of freedesktop.org, for this person alone. */
export function openLinuxDesktop(facts: DesktopFacts): Desktop {
  const { env, userHome, run } = facts;
  const home = facts.settled ?? join(facts.directory, facts.fileName);
  // XDG Base Directory Specification: a path that is not absolute is to be ignored.
  const data =
    env["XDG_DATA_HOME"]?.startsWith("/") === true ? env["XDG_DATA_HOME"] : join(userHome, ".local", "share");
  const places = (id: string) => ({
    entry: join(data, "applications", `${id}.desktop`),
    icon: join(data, "icons", "hicolor", "256x256", "apps", `${id}.png`),
    mime: join(data, "mime", "packages", `${id}.xml`),
  });
  const commandOf = ({ desktop }: Pick<DesktopApp, "desktop">): string =>
    join(userHome, ".local", "bin", desktop.command ?? facts.fileName.toLowerCase());

  const targetOf = ({ desktop }: Integrated): string => (desktop.fastCommand === true ? facts.entry : home);

  async function shortcutOf(id: string): Promise<string> {
    const { exitCode, stdout } = await run("xdg-user-dir", ["DESKTOP"]);
    const folder = exitCode === 0 ? stdout.trim() : "";
    // Without a desktop of its own it names the home folder.
    return join(folder === "" || folder === userHome ? join(userHome, "Desktop") : folder, `${id}.desktop`);
  }

  async function refresh(): Promise<void> {
    await run("update-desktop-database", ["-q", join(data, "applications")]);
    await run("update-mime-database", [join(data, "mime")]);
  }

  return {
    home,
    origin: facts.executable,
    dialogs: openLinuxDialogs(env),
    executableIn: (launcher) => launcher,

    async unpack(published, directory) {
      const launcher = join(directory, facts.fileName);
      await copyLauncher(published, launcher);
      return launcher;
    },

    async place(launcher) {
      const fresh = freshBeside(home);
      await copyLauncher(launcher, fresh);
      // A new file under the old name: whoever runs the old one keeps it.
      await rename(fresh, home).catch((error: unknown) => {
        throw diskError(error, home);
      });
    },

    sweep: async () => await sweepAside(home),

    async integrate(app: DesktopApp) {
      const { id, desktop, icon } = app;
      const { entry, icon: iconFile, mime } = places(id);
      const text = formatDesktopEntry({ ...app, executable: home, hasIcon: icon !== undefined });
      const problems = await attemptAll([
        async () => (icon === undefined ? undefined : await writeFileAtomically(iconFile, icon)),
        async () => await writeEntry(entry, text),
        async () => await linkCommand(commandOf(app), targetOf(app)),
        async () => (desktop.shortcut ? await writeEntry(await shortcutOf(id), text) : undefined),
        async () =>
          desktop.fileTypes.length > 0 ? await writeFileAtomically(mime, formatMimePackage(app)) : undefined,
      ]);
      await refresh();
      return problems;
    },

    describe: async () => undefined,

    async remove(app: Integrated) {
      const { entry, icon, mime } = places(app.id);
      const files = [entry, icon, mime, ...(app.desktop.shortcut ? [await shortcutOf(app.id)] : [])];
      await Promise.all(files.map(async (file) => await rm(file, { force: true })));
      await unlinkCommand(commandOf(app), targetOf(app));
      await refresh();
    },

    removeLauncher: async () => await rm(facts.directory, { recursive: true, force: true }),
    locale: async () => undefined,
    inTerminal: (executable) => findTerminal(executable, env),
  };
}

/** File managers start an entry from a desktop only when it may be executed. */
async function writeEntry(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.new`;
  try {
    await writeFile(fresh, text, { mode: 0o755 });
    await rename(fresh, path);
  } catch (error) {
    throw diskError(error, path);
  }
}
