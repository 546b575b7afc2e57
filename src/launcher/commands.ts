import { AppError, exitCodeOf, formatError } from "../errors.ts";
import { acquireLock } from "../store/lock.ts";
import { launcherPaths } from "../store/paths.ts";
import { readUsableActivation } from "../store/usable.ts";
import { update } from "../update/update.ts";
import { VERSION } from "../version.ts";
import { BACKGROUND_LAUNCHER_UPDATE, BACKGROUND_UPDATE } from "./background.ts";
import type { LaunchContext } from "./context.ts";
import { selectRequest } from "./request.ts";
import { openSession, type Session } from "./session.ts";
import { describeInstalled, install } from "./settle.ts";
import { formatStatus, statusOf, versionsOf } from "./status.ts";
import { tell } from "./terminal.ts";
import { type SettingsWish, uninstall } from "./uninstall.ts";
import { updateLauncher } from "./updateLauncher.ts";

const CHECK_MS = 60_000;
const LOCK_MS = 60_000;

const HELP = `Everything after the program's name goes to the program, unless it begins with --launcher:

  --launcher status     what is installed, where, and which settings hold
  --launcher update     look for an update now, and try a version again that failed before
  --launcher versions   the versions kept on this computer
  --launcher version    of the launcher itself
  --launcher install    give the program its place on this computer, with shortcuts
  --launcher uninstall  take it away again; asks before it deletes your settings
                        (--keep-settings and --delete-settings answer that, --yes keeps them)
  --launcher help       this page
`;

const SETTINGS_WISHES: Readonly<Record<string, SettingsWish>> = {
  "--yes": "keep",
  "--keep-settings": "keep",
  "--delete-settings": "delete",
};

/** `<launcher> --launcher VERB`. Ends the process. */
export async function runCommand(context: LaunchContext, argv: readonly string[]): Promise<void> {
  const json = argv.includes("--json");
  const [verb = "help", ...rest] = argv.filter((argument) => argument !== "--json");
  const wishes = rest.map((argument) => (verb === "uninstall" ? SETTINGS_WISHES[argument] : undefined));
  const wrong = rest[wishes.indexOf(undefined)];
  if (wrong !== undefined) return usage(`--launcher ${verb} takes no ${JSON.stringify(wrong)}.`);
  switch (verb) {
    case "status":
      return print(json, statusOf(context), formatStatus);
    case "versions":
      return print(json, versionsOf(context), (versions) =>
        versions.map(({ version, current }) => `${current ? "*" : " "} ${version}`).join("\n"),
      );
    case "version":
      return print(
        json,
        { id: context.installer.id, launcher: context.embedded.launcherVersion, slipway: VERSION },
        ({ launcher }) => launcher,
      );
    case "update":
      return await inSession(context, async (session) => await updateNow(session, { json, byPerson: true }));
    case BACKGROUND_UPDATE:
      return await inSession(context, async (session) => await updateNow(session, { json, byPerson: false }));
    case BACKGROUND_LAUNCHER_UPDATE:
      return await inSession(context, async (session) => {
        await updateLauncher(session, { waitForLock: LOCK_MS, tryAgain: false });
      });
    case "install":
      return await inSession(context, async (session) => await installNow(session, json));
    case "uninstall":
      return await inSession(context, async (session) => {
        // Nothing is downloaded here.
        session.progress.close();
        const result = await uninstall(session, wishes.includes("delete") ? "delete" : (wishes[0] ?? "ask"));
        const sentence = session.messages.uninstalled(context.installer.name);
        if (session.windowed) session.say(sentence);
        print(json, result, () => sentence);
      });
    case "help":
      return print(false, HELP.trimEnd(), (text) => text);
    default:
      return usage(`There is no --launcher ${verb}.`);
  }
}

async function inSession(context: LaunchContext, act: (session: Session) => Promise<void>): Promise<void> {
  await using session = await openSession(context, { installed: readUsableActivation(context.paths) !== undefined });
  for (const warning of context.warnings) tell(`${warning}\n`);
  try {
    await act(session);
  } catch (error) {
    session.say(formatError(error));
    await session.close();
    process.exit(exitCodeOf(error));
  }
}

/** Whoever says so wants it, whatever made the launcher think that it is not opened by a person. */
async function installNow(session: Session, json: boolean): Promise<void> {
  const { context, desktop } = session;
  if (readUsableActivation(context.paths) === undefined) await updateNow(session, { json: false, byPerson: true });
  const activation = readUsableActivation(context.paths);
  if (activation === undefined) {
    throw new AppError("temporary", "there is no version of the program on this computer yet", { hint: "Try again." });
  }
  await using lock = await acquireLock(launcherPaths(context.paths), { timeout: LOCK_MS });
  if (lock === undefined)
    throw new AppError("temporary", "another start of this program is at work", { hint: "Try again." });
  await install(session, activation);
  print(json, { home: desktop.home }, ({ home }) => `${context.installer.name} is at ${home}.`);
}

interface UpdateNow {
  readonly json: boolean;
  /** Somebody asked for it: they wait for another update, and what failed gets another chance. */
  readonly byPerson: boolean;
}

async function updateNow(session: Session, { json, byPerson }: UpdateNow): Promise<void> {
  const { context } = session;
  const result = await update(session.update, {
    ...selectRequest(context, tell),
    deadline: CHECK_MS,
    waitForLock: byPerson ? LOCK_MS : 0,
    tryAgain: byPerson,
    signal: session.skip,
  });
  session.progress.close();
  if (result.kind === "failed") throw result.error;
  const activation = readUsableActivation(context.paths);
  if (result.kind === "activated" && activation !== undefined) await describeInstalled(session, activation);
  const launcher = await updateLauncher(session, { waitForLock: byPerson ? LOCK_MS : 0, tryAgain: byPerson });
  const { installed } = statusOf(context);
  print(json, { result: result.kind, installed, launcher: launcher.kind }, () => {
    if (result.kind === "busy") return "Another start of this program is updating it right now.";
    const program = {
      activated: `Updated to ${installed ?? ""}.`,
      "up-to-date": `${installed ?? ""} is up to date.`,
      skipped: `${installed ?? ""} stays; the update was skipped.`,
      postponed: `${installed ?? ""} stays; the update took too long.`,
    }[result.kind];
    switch (launcher.kind) {
      case "updated":
        return `${program}\nThe launcher is ${launcher.version} from the next start on.`;
      case "failed":
        return `${program}\nThe launcher stays as it is: ${formatError(launcher.error)}`;
      default:
        return program;
    }
  });
}

function print<Value>(json: boolean, value: Value, format: (value: Value) => string): void {
  process.stdout.write(`${json ? JSON.stringify(value, undefined, 2) : format(value)}\n`);
}

function usage(problem: string): void {
  tell(`${problem}\n\n${HELP}`);
  process.exitCode = 2;
}
