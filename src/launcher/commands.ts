import { adviceOf, AppError, exitCodeOf, formatError } from "../errors.ts";
import { readUsableActivation } from "../store/usable.ts";
import { BACKGROUND_LAUNCHER_UPDATE, BACKGROUND_UPDATE } from "./background.ts";
import type { LaunchContext } from "./context.ts";
import { exitNow } from "./exit.ts";
import { GUARD, runGuard } from "./guard.ts";
import { openOwnDesktop } from "./ownDesktop.ts";
import { launcherWording } from "./remedies.ts";
import { openSession, type Session } from "./session.ts";
import { tell } from "./terminal.ts";
import { updateLauncher } from "./updateLauncher.ts";
import { channel } from "./verbs/channel.ts";
import { explain } from "./verbs/explain.ts";
import { install } from "./verbs/install.ts";
import { log } from "./verbs/log.ts";
import { pin, unpin } from "./verbs/pin.ts";
import { repair } from "./verbs/repair.ts";
import { rollBack } from "./verbs/rollBack.ts";
import { status } from "./verbs/status.ts";
import { uninstall } from "./verbs/uninstall.ts";
import { update, updateNow } from "./verbs/update.ts";
import { LOCK_MS, type Verb } from "./verbs/verb.ts";
import { version } from "./verbs/version.ts";
import { versions } from "./verbs/versions.ts";

// In the order of the page of help.
const VERBS: readonly Verb<unknown>[] = [
  status,
  explain,
  update,
  rollBack,
  versions,
  pin,
  unpin,
  channel,
  repair,
  log,
  version,
  install,
  uninstall,
];

const USAGE_WIDTH = 18;

/** `<launcher> --launcher VERB`. Ends the process. With `--json` standard output is JSON, whatever happens. */
export async function runCommand(context: LaunchContext, argv: readonly string[]): Promise<void> {
  const json = argv.includes("--json");
  const [name = "help", ...rest] = argv.filter((argument) => argument !== "--json");
  if (name === "help" || name === "--help") return void process.stdout.write(json ? printed(helpData()) : help());
  if (name === GUARD) return await runGuard(openOwnDesktop(context).home);
  if (name === BACKGROUND_UPDATE || name === BACKGROUND_LAUNCHER_UPDATE) return await runBehind(context, name);
  const verb = VERBS.find(({ usage }) => usage.split(" ")[0] === name);
  const usage = (problem: string): void => complainOfUsage(problem, json);
  if (verb === undefined) return usage(`There is no --launcher ${name}.`);
  const { arguments: [least, most] = [0, 0], options: known = [] } = verb;
  const options = rest.filter((argument) => argument.startsWith("--"));
  const args = rest.filter((argument) => !argument.startsWith("--"));
  const wrong = options.find((option) => !known.includes(option)) ?? args[most];
  if (wrong !== undefined) return usage(`--launcher ${name} takes no ${JSON.stringify(wrong)}.`);
  if (args.length < least) return usage(`It is: --launcher ${verb.usage}`);
  const act = async (session: () => Promise<Session>): Promise<void> => {
    const value = await verb.act({ context, args, options, session });
    process.stdout.write(json ? printed(value) : `${verb.format(value)}\n`);
  };
  await run(context, act, (error) => {
    if (json) process.stdout.write(printed(errorData(error)));
  });
}

/** What a launcher has started behind the program: nobody reads what it says. */
async function runBehind(context: LaunchContext, name: string): Promise<void> {
  await run(context, async (session) => {
    if (name === BACKGROUND_UPDATE) await updateNow(await session(), { byPerson: false });
    else await updateLauncher(await session(), { waitForLock: LOCK_MS, tryAgain: false });
  });
}

/** Opens a session for whoever asks for one; what fails is said where the person reads it. */
async function run(
  context: LaunchContext,
  act: (session: () => Promise<Session>) => Promise<void>,
  failed: (error: unknown) => void = () => undefined,
): Promise<void> {
  let opened: Promise<Session> | undefined;
  const session = (): Promise<Session> =>
    (opened ??= openSession(context, { installed: readUsableActivation(context.paths) !== undefined }));
  for (const warning of context.warnings) tell(`${warning}\n`);
  try {
    await act(session);
    await (await opened)?.close();
  } catch (error) {
    const { complain, close } = await session();
    complain(error);
    failed(error);
    await close();
    exitNow(exitCodeOf(error));
  }
}

function help(): string {
  const lines = VERBS.map(({ usage, summary }) => `  --launcher ${usage.padEnd(USAGE_WIDTH)}  ${summary}`);
  return [
    "Everything after the program's name goes to the program, unless it begins with --launcher:",
    "",
    ...lines,
    `  --launcher ${"help".padEnd(USAGE_WIDTH)}  this page`,
    "",
    "Each takes --json as well.",
    "",
  ].join("\n");
}

function helpData() {
  return { verbs: VERBS.map(({ usage, summary }) => ({ usage, summary })) };
}

function complainOfUsage(problem: string, json: boolean): void {
  tell(`${problem}\n\n${help()}`);
  const error = new AppError("usage", problem);
  if (json) process.stdout.write(printed(errorData(error)));
  process.exitCode = exitCodeOf(error);
}

/** What a verb that has failed leaves for the program that asked; for people it is said on standard error. */
function errorData(error: unknown) {
  if (!(error instanceof AppError)) return { error: { message: formatError(error) } };
  const { code, message } = error;
  return { error: { code, message, hint: adviceOf(error, launcherWording) } };
}

function printed(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
