import { AppError } from "../../errors.ts";
import { rollOut } from "../../trust/planChannel.ts";
import { CHANNEL_OPTIONS, EXPIRES_HELP, readIssue, readPercent, readVersion } from "../channelCommand.ts";
import { type Command, noMoreArguments, readArguments } from "../command.ts";
import { NETWORK_HELP } from "../network.ts";
import { fetchPublished, publishNext } from "../nextDocument.ts";
import { KEY_HELP } from "../signingKeys.ts";

export const rollout: Command = {
  name: "rollout",
  summary: "offer a channel's release to more people",
  options: CHANNEL_OPTIONS,
  help: `Usage: slipway rollout CHANNEL PERCENT [VERSION] --key FILE...

Raises the part of all computers that get the channel's newest release, or VERSION. Who has it keeps it; to take a
release back from everybody: slipway yank.

${EXPIRES_HELP}
${KEY_HELP}
  --config FILE         default installer.json
  --json                print JSON
${NETWORK_HELP}

Example:
  slipway rollout stable 50% --key slipway.key
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, CHANNEL_OPTIONS);
    const [name, percentText, versionText, ...more] = positionals;
    if (name === undefined || percentText === undefined)
      throw new AppError("usage", `the ${name === undefined ? "channel" : "percentage"} is missing`, {
        hint: "Write: slipway rollout stable 50%",
      });
    noMoreArguments(more, "a channel, a percentage and a version");
    const percent = readPercent(percentText);
    const version = versionText === undefined ? undefined : readVersion(versionText);
    const issue = readIssue(values, Date.now());
    await publishNext({ name, values, context }, async (place, channel) =>
      rollOut(await fetchPublished(place, channel), { percent, version }, issue),
    );
  },
};
