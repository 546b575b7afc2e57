import { spawn } from "node:child_process";
import { exitCodeOf, formatError } from "../errors.ts";
import { readActivation } from "../store/activation.ts";
import { readState } from "../store/state.ts";
import { readInstalled } from "../store/versions.ts";
import { update } from "../update/update.ts";
import { VERSION } from "../version.ts";
import type { LaunchContext } from "./context.ts";
import { selectRequest } from "./request.ts";
import { openSession } from "./session.ts";
import { tell } from "./terminal.ts";

const CHECK_MS = 60_000;
const LOCK_MS = 60_000;
// Not on the help page: it is what a launcher starts behind the program, and no person's wish.
const BACKGROUND_VERB = "background-update";

const HELP = `Everything after the program's name goes to the program, unless it begins with --launcher:

  --launcher status     what is installed, where, and which settings hold
  --launcher update     look for an update now, and try a version again that failed before
  --launcher versions   the versions kept on this computer
  --launcher help       this page
`;

/** `<launcher> --launcher VERB`. Ends the process. */
export async function runCommand(context: LaunchContext, argv: readonly string[]): Promise<void> {
  const json = argv.includes("--json");
  const [verb = "help", ...rest] = argv.filter((argument) => argument !== "--json");
  if (rest.length > 0) return usage(`--launcher ${verb} takes nothing more, got ${JSON.stringify(rest[0])}.`);
  switch (verb) {
    case "status":
      return print(json, statusOf(context), formatStatus);
    case "versions":
      return print(json, versionsOf(context), (versions) =>
        versions.map(({ version, current }) => `${current ? "*" : " "} ${version}`).join("\n"),
      );
    case "update":
      return await updateNow(context, { json, waitForLock: LOCK_MS, tryAgain: true });
    case BACKGROUND_VERB:
      return await updateNow(context, { json, waitForLock: 0, tryAgain: false });
    case "help":
      return print(false, HELP.trimEnd(), (text) => text);
    default:
      return usage(`There is no --launcher ${verb}.`);
  }
}

/** A process of its own that outlives this one and updates for the next start. */
export function startBackgroundUpdate(): void {
  const env = { ...process.env, SLIPWAY_PROGRESS: "never" };
  const child = spawn(process.execPath, ["--launcher", BACKGROUND_VERB], {
    detached: true,
    stdio: "ignore",
    windowsHide: true,
    env,
  });
  // It is a courtesy: when it cannot be started, the next start tries again.
  child.on("error", () => undefined);
  child.unref();
}

interface UpdateNow {
  readonly json: boolean;
  readonly waitForLock: number;
  readonly tryAgain: boolean;
}

async function updateNow(context: LaunchContext, { json, waitForLock, tryAgain }: UpdateNow): Promise<void> {
  await using session = openSession(context);
  for (const warning of context.warnings) tell(`${warning}\n`);
  const result = await update(session.update, {
    ...selectRequest(context, tell),
    deadline: CHECK_MS,
    waitForLock,
    tryAgain,
  });
  if (result.kind === "failed") {
    tell(`${formatError(result.error)}\n`);
    await session.close();
    process.exit(exitCodeOf(result.error));
  }
  const { installed } = statusOf(context);
  print(json, { result: result.kind, installed }, () => {
    if (result.kind === "busy") return "Another start of this program is updating it right now.";
    return result.kind === "activated" ? `Updated to ${installed ?? ""}.` : `${installed ?? ""} is up to date.`;
  });
}

function statusOf(context: LaunchContext) {
  const { installer, settings, paths } = context;
  const read = readActivation(paths);
  const activation = read.kind === "found" || read.kind === "newer" ? read.activation : undefined;
  const state = readState(paths);
  return {
    name: installer.name,
    id: installer.id,
    installed: activation?.current.version,
    previous: activation?.previous?.version,
    confirmed: activation?.confirmed,
    request: settings.version,
    requestedBy: settings.versionSource,
    repositories: settings.repositories,
    update: settings.updateWhen,
    lastCheck: state.lastCheck,
    quarantine: state.quarantine,
    data: paths.root,
    overrides: context.overridesFile,
    log: paths.log,
    warnings: context.warnings,
    launcher: VERSION,
  };
}

function formatStatus(status: ReturnType<typeof statusOf>): string {
  const lines = [
    `${status.name} (${status.id})`,
    `  installed   ${status.installed ?? "nothing yet"}${status.previous === undefined ? "" : `, before it ${status.previous}`}`,
    `  wanted      ${status.request} (${status.requestedBy})`,
    `  updates     ${status.update}, last looked ${status.lastCheck ?? "never"}`,
    `  from        ${status.repositories.join(", ")}`,
    `  files       ${status.data}`,
    `  settings    ${status.overrides}`,
    `  log         ${status.log}`,
    `  launcher    ${status.launcher}`,
  ];
  for (const { version, reason } of status.quarantine) lines.push(`  left out    ${version}: ${reason}`);
  return [...lines, ...status.warnings].join("\n");
}

function versionsOf({ paths }: LaunchContext) {
  const read = readActivation(paths);
  const current = read.kind === "found" ? read.activation.current.digest : undefined;
  return readInstalled(paths).map(({ version, digest }) => ({ version, digest, current: digest === current }));
}

function print<Value>(json: boolean, value: Value, format: (value: Value) => string): void {
  process.stdout.write(`${json ? JSON.stringify(value, undefined, 2) : format(value)}\n`);
}

function usage(problem: string): void {
  tell(`${problem}\n\n${HELP}`);
  process.exitCode = 2;
}
