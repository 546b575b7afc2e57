import { checkValue } from "../../config/overrides.ts";
import { AppError } from "../../errors.ts";
import { acquireLock } from "../../store/lock.ts";
import { updateState } from "../../store/state.ts";
import type { UpdateContext } from "../../update/context.ts";
import type { LaunchContext } from "../context.ts";
import { isCheckDue } from "../due.ts";
import { changeOwnSetting } from "../ownSettings.ts";
import { readWish } from "../request.ts";
import { defineVerb } from "./verb.ts";

const STAYS = "What is installed stays until something newer comes.";
const EFFECTS = {
  "next-start": `from now on; the next start looks there. ${STAYS}`,
  "later-start": `from now on; a later start looks there, or --launcher update does now. ${STAYS}`,
  "when-asked": `from now on; updates come when somebody asks for them: --launcher update. ${STAYS}`,
  "updates-off": "from now on, but nobody looks there while updates are switched off (SLIPWAY_UPDATE=off).",
  // A channel's document decides whatever else is set; whether there is one only the repository tells.
  "all-prereleases":
    'from now on. It matters where the publisher has a list of versions for a channel, and nowhere else: "prereleases": true takes those of every channel.',
  "version-fixed": "from now on, which changes nothing while the version is fixed; by whom: --launcher explain",
} as const;

export const channel = defineVerb({
  usage: "channel [NAME]",
  summary: "whose pre-releases count: stable has none, beta has 2.0.0-beta.1 and so on",
  arguments: [0, 1],
  async act({ context, args: [name], session }) {
    const { settings, environment, overridesFile } = context;
    if (name === undefined) return { channel: settings.channel, changed: false };
    const problem = checkValue.channel(name);
    if (problem !== undefined) throw new AppError("usage", problem, { hint: "For example: --launcher channel beta" });
    await changeOwnSetting(overridesFile, "channel", name);
    const { update } = await session();
    update.log("channel-changed", { from: settings.channel, to: name });
    const changed = name !== settings.channel;
    const { channel: stronger } = environment;
    if (changed && stronger !== undefined) return { channel: name, changed, stronger };
    if (changed) await forgetLastCheck(update);
    return { channel: name, changed, effect: effectOf(context) };
  },
  format({ channel, changed, stronger, effect }) {
    if (!changed) return `The channel is ${channel}.`;
    if (stronger !== undefined)
      return `The channel is ${channel} from now on.\nBut SLIPWAY_CHANNEL says ${stronger}, and wins.`;
    return `The channel is ${channel} ${EFFECTS[effect ?? "next-start"]}`;
  },
});

/** What was asked before was asked about another channel. Where that cannot be written, a look holds as long as ever. */
async function forgetLastCheck({ paths, log }: UpdateContext): Promise<void> {
  try {
    // Whoever is at it writes down a look of its own.
    await using lock = await acquireLock(paths, { timeout: 0 });
    if (lock !== undefined) await updateState(paths, ({ lastCheck: _before, ...state }) => state);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log("not-written", { error: error.message });
  }
}

function effectOf(context: LaunchContext): keyof typeof EFFECTS {
  const { request, settings } = readWish(context);
  if (request.kind === "exact" || request.kind === "digest") return "version-fixed";
  if (settings.prereleases === true) return "all-prereleases";
  if (settings.updateWhen === "off") return "updates-off";
  if (settings.updateWhen === "manual") return "when-asked";
  return isCheckDue(context, Date.now()) ? "next-start" : "later-start";
}
