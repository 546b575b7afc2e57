import { exitCodeOf } from "../errors.ts";
import { readUsableActivation } from "../store/usable.ts";
import { BACKGROUND_LAUNCHER_UPDATE, BACKGROUND_UPDATE } from "./background.ts";
import type { LaunchContext } from "./context.ts";
import { GUARD, runGuard } from "./guard.ts";
import { openOwnDesktop } from "./ownDesktop.ts";
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

/** `<launcher> --launcher VERB`. Ends the process. */
export async function runCommand(context: LaunchContext, argv: readonly string[]): Promise<void> {
  const json = argv.includes("--json");
  const [name = "help", ...rest] = argv.filter((argument) => argument !== "--json");
  if (name === "help" || name === "--help") return void process.stdout.write(help());
  if (name === GUARD) return await runGuard(openOwnDesktop(context).home);
  if (name === BACKGROUND_UPDATE || name === BACKGROUND_LAUNCHER_UPDATE) return await runBehind(context, name);
  const verb = VERBS.find(({ usage }) => usage.split(" ")[0] === name);
  if (verb === undefined) return usage(`There is no --launcher ${name}.`);
  const { arguments: [least, most] = [0, 0], options: known = [] } = verb;
  const options = rest.filter((argument) => argument.startsWith("--"));
  const args = rest.filter((argument) => !argument.startsWith("--"));
  const wrong = options.find((option) => !known.includes(option)) ?? args[most];
  if (wrong !== undefined) return usage(`--launcher ${name} takes no ${JSON.stringify(wrong)}.`);
  if (args.length < least) return usage(`It is: --launcher ${verb.usage}`);
  await run(context, async (session) => {
    const value = await verb.act({ context, args, options, session });
    process.stdout.write(`${json ? JSON.stringify(value, undefined, 2) : verb.format(value)}\n`);
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
async function run(context: LaunchContext, act: (session: () => Promise<Session>) => Promise<void>): Promise<void> {
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
    await close();
    process.exit(exitCodeOf(error));
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

function usage(problem: string): void {
  tell(`${problem}\n\n${help()}`);
  process.exitCode = 2;
}
