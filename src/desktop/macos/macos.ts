import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { access, mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { bundleNameOf, bundleOf } from "../../config/bundle.ts";
import { AppError, systemCodeOf } from "../../errors.ts";
import { attemptAll } from "../attempt.ts";
import type { Desktop, DesktopApp, DesktopFacts, Integrated } from "../desktop.ts";
import { linkCommand, unlinkCommand } from "../linkCommand.ts";
import { freshBeside, swapAside, sweepAside } from "../swap.ts";
import { openMacDialogs } from "./dialogs.ts";

const LAUNCH_SERVICES =
  "/System/Library/Frameworks/CoreServices.framework/Frameworks/LaunchServices.framework/Support/lsregister";
const COMMANDS = "/usr/local/bin";

/** An app bundle in the person's Applications. */
export function openMacDesktop(facts: DesktopFacts): Desktop {
  const { run } = facts;
  const home = facts.settled ?? chooseHome(facts);
  const executableIn = (bundle: string): string => join(bundle, "Contents", "MacOS", facts.fileName);
  const commandOf = ({ desktop }: Pick<DesktopApp, "desktop">): string | undefined =>
    desktop.command === undefined ? undefined : join(COMMANDS, desktop.command);

  const targetOf = ({ desktop }: Integrated): string =>
    desktop.fastCommand === true ? facts.entry : executableIn(home);

  return {
    home,
    // Where the system runs a downloaded app from a read-only copy ("translocation"), that copy is as good a source.
    origin: bundleOf(facts.executable) ?? facts.executable,
    dialogs: openMacDialogs(facts.env),
    executableIn,

    async unpack(published, directory) {
      // The system's own tool keeps modes, links and the signature.
      await must(run, "/usr/bin/ditto", ["-x", "-k", published, directory]);
      const bundle = join(directory, basename(home));
      if (await isThere(executableIn(bundle))) return bundle;
      throw new AppError("bad-data", `${basename(home)} is not in what was published as this launcher`, {
        hint: "The publisher makes it with: slipway build, and publishes it with: slipway push --launcher",
      });
    },

    async place(launcher) {
      if (!(await isThere(executableIn(launcher)))) {
        throw new AppError("cannot-create", `${launcher} is not the app that was published`, {
          hint: "Open the app itself, as it comes in its zip.",
        });
      }
      if (isOthers(home, facts)) {
        throw new AppError("cannot-create", `${home} is another program`, {
          hint: "Rename that one, and open this one again.",
        });
      }
      const fresh = freshBeside(home);
      await mkdir(dirname(home), { recursive: true });
      // A new file for every file: overwriting a signed one that runs would have the system kill it.
      await must(run, "/usr/bin/ditto", [launcher, fresh]);
      // It was checked when it was opened for the first time; what we place ourselves is not a download.
      await run("/usr/bin/xattr", ["-dr", "com.apple.quarantine", fresh]);
      await swapAside(fresh, home, facts.startGuard);
      // Whoever runs from the old one keeps its open files.
      await sweepAside(home);
    },

    sweep: async () => await sweepAside(home),

    async integrate(app: DesktopApp) {
      const command = commandOf(app);
      const problems = await attemptAll([
        async () => (command === undefined ? undefined : await linkCommand(command, targetOf(app))),
      ]);
      // Icons, files and addresses are in the bundle's Info.plist; this has them known at once.
      await run(LAUNCH_SERVICES, ["-f", home]);
      return problems;
    },

    describe: async () => undefined,

    async remove(app: Integrated) {
      const command = commandOf(app);
      if (command !== undefined) await unlinkCommand(command, targetOf(app));
      await run(LAUNCH_SERVICES, ["-u", home]);
    },

    async removeLauncher() {
      await rm(home, { recursive: true, force: true });
      await rm(facts.directory, { recursive: true, force: true });
    },

    async locale() {
      // A program that the Finder starts has no LANG.
      const { stdout } = await run("/usr/bin/defaults", ["read", "-g", "AppleLanguages"]);
      return /[A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*/.exec(stdout)?.[0];
    },

    inTerminal: (executable) => ["/usr/bin/open", "-a", "Terminal", executable],
  };
}

/** The folder that everybody sees, for those who may write there; their own for all others. */
function chooseHome(facts: DesktopFacts): string {
  const bundle = bundleNameOf(facts.name);
  const [everybodys, own] = [join("/Applications", bundle), join(facts.userHome, "Applications", bundle)];
  try {
    accessSync("/Applications", constants.W_OK);
    return isOthers(everybodys, facts) ? own : everybodys;
  } catch {
    return own;
  }
}

/** Whether an app of the same name is there that is not this program, and must not be replaced. */
function isOthers(bundle: string, { id }: DesktopFacts): boolean {
  if (!existsSync(bundle)) return false;
  try {
    return !readFileSync(join(bundle, "Contents", "Info.plist"), "utf8").includes(`<string>${id}</string>`);
  } catch (error) {
    // One that was copied only in part is nobody's.
    return systemCodeOf(error) !== "ENOENT";
  }
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function must(run: DesktopFacts["run"], command: string, args: readonly string[]): Promise<void> {
  const { exitCode } = await run(command, args);
  if (exitCode === 0) return;
  throw new AppError("io", `${basename(command)} ${args.join(" ")} ended with ${exitCode ?? "no exit code"}`);
}
