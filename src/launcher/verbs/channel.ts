import { checkValue } from "../../config/overrides.ts";
import { AppError } from "../../errors.ts";
import { changeOwnSetting } from "../ownSettings.ts";
import { defineVerb } from "./verb.ts";

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
    (await session()).update.log("channel-changed", { from: settings.channel, to: name });
    const { channel: stronger } = environment;
    return { channel: name, changed: name !== settings.channel, ...(stronger === undefined ? {} : { stronger }) };
  },
  format({ channel, changed, stronger }) {
    if (!changed) return `The channel is ${channel}.`;
    return [
      `The channel is ${channel} from now on; the next start looks there. What is installed stays until something newer comes.`,
      ...(stronger === undefined ? [] : [`But SLIPWAY_CHANNEL says ${stronger}, and wins.`]),
    ].join("\n");
  },
});
