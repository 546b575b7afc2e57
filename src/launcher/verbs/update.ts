import { formatError } from "../../errors.ts";
import { formatTime } from "../../format.ts";
import { takeNews } from "../../store/news.ts";
import { readUsableActivation } from "../../store/usable.ts";
import type { Refusal } from "../../update/foundRelease.ts";
import { update as updateProgram } from "../../update/update.ts";
import type { UpdateResult } from "../../update/updateResult.ts";
import { selectRequest } from "../request.ts";
import { launcherWording } from "../remedies.ts";
import type { Session } from "../session.ts";
import { describeInstalled } from "../settle.ts";
import { tell } from "../terminal.ts";
import { updateLauncher } from "../updateLauncher.ts";
import { statusOf } from "./status.ts";
import { CHECK_MS, defineVerb, LOCK_MS } from "./verb.ts";

export const update = defineVerb({
  usage: "update",
  summary: "look for an update now, and try a version again that failed before",
  async act({ context, session }) {
    const done = await updateNow(await session(), { byPerson: true });
    // It is told here and now.
    if (done.sentence !== undefined || done.frozenSince !== undefined) takeNews(context.paths);
    return done;
  },
  format({ result, sentence, frozenSince, refused, installed, launcher, launcherVersion, problem, log }) {
    if (result === "busy")
      return "Another start of this program is updating it right now; a large download may take its time.";
    const outcome = {
      activated: sentence ?? `Updated to ${installed ?? ""}.`,
      "up-to-date":
        frozenSince !== undefined
          ? `${installed ?? ""} stays: the publisher's list of versions expired on ${formatTime(frozenSince)}.`
          : refused === undefined
            ? `${installed ?? ""} is up to date.`
            : `${installed ?? ""} stays.`,
      skipped: `${installed ?? ""} stays; the update was skipped.`,
      postponed: `${installed ?? ""} stays; the update took too long.`,
    }[result];
    const program =
      refused === undefined ? outcome : `${outcome}\n${refused.version} is newer, and not taken: ${refused.reason}`;
    switch (launcher) {
      case "updated":
        return `${program}\nThe launcher is ${launcherVersion ?? ""} from the next start on.`;
      case "failed":
        return `${program}\nThe launcher stays as it is: ${problem ?? ""}${log === undefined ? "" : `\n\nLog: ${log}`}`;
      default:
        return program;
    }
  },
});

interface UpdateNow {
  /** Somebody asked for it: they wait for another update, and what failed gets another chance. */
  readonly byPerson: boolean;
}

/** Updates the program, and then the launcher. @throws what the program's update failed with. */
export async function updateNow(session: Session, { byPerson }: UpdateNow) {
  const { context } = session;
  const result = await updateProgram(session.update, {
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
  return {
    result: result.kind,
    ...(result.kind === "up-to-date" && result.frozenSince !== undefined ? { frozenSince: result.frozenSince } : {}),
    ...withdrawalOf(session, result),
    ...("refused" in result && result.refused !== undefined ? { refused: describeRefusal(result.refused) } : {}),
    installed: statusOf(context).installed,
    launcher: launcher.kind,
    ...(launcher.kind === "updated" ? { launcherVersion: launcher.version } : {}),
    ...(launcher.kind === "failed"
      ? {
          problem: formatError(launcher.error, launcherWording),
          ...(context.environment.log === "off" ? {} : { log: context.paths.log }),
        }
      : {}),
  };
}

function describeRefusal({ version, error }: Refusal) {
  return { version, reason: formatError(error, launcherWording) };
}

/** Not a word of an update: it may be to an older version. */
function withdrawalOf({ context, messages }: Session, result: UpdateResult) {
  if (result.kind !== "activated" || result.withdrawn === undefined) return {};
  const { activation, from = "", withdrawn } = result;
  const sentence = messages.withdrawn(context.installer.name, from, activation.current.version);
  return { withdrawn, sentence: `${sentence} (${withdrawn})` };
}
