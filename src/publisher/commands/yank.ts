import { AppError } from "../../errors.ts";
import { type ChannelDocument, MAX_REASON } from "../../trust/channelDocument.ts";
import { unyank, yank as planYank } from "../../trust/planChannel.ts";
import {
  CHANNEL_OPTIONS,
  describeChannel,
  EXPIRES_HELP,
  openChannelKeys,
  openChannelPlace,
  readChannelName,
  readIssue,
  readVersion,
} from "../channelCommand.ts";
import { channelsOf, openChannel } from "../channels.ts";
import { publishChannel } from "../publishChannel.ts";
import { type Command, onlyArgument, printJson, readArguments } from "../command.ts";
import { NETWORK_HELP } from "../network.ts";
import { KEY_HELP } from "../signingKeys.ts";

const OPTIONS = {
  ...CHANNEL_OPTIONS,
  channel: { type: "string" },
  reason: { type: "string" },
  undo: { type: "boolean" },
} as const;

export const yank: Command = {
  name: "yank",
  summary: "take a release back from those who have it",
  options: OPTIONS,
  help: `Usage: slipway yank VERSION --reason TEXT [--channel NAME] --key FILE...

Publishes the channel's next document without the version. Launchers do not install it any more, and those that have
it go to the newest other version that is offered to them at their next start, an older one too. Its tag stays.

  --reason TEXT         a sentence that people will read
  --channel NAME        default: every channel that has a document, or else installer.json's
  --undo                let the version be offered again
${EXPIRES_HELP}
${KEY_HELP}
  --config FILE         default installer.json
  --json                print JSON
${NETWORK_HELP}

Example:
  slipway yank 1.2.0 --reason "it loses unsaved work" --key slipway.key
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const version = readVersion(onlyArgument(positionals, "a version"));
    const { reason } = values;
    if (values.undo !== true && (reason === undefined || reason.trim() === ""))
      throw new AppError("usage", "people who lose a version want to know why", {
        hint: 'Say it in a sentence: --reason "it loses unsaved work"',
      });
    if (reason !== undefined && reason.length > MAX_REASON)
      throw new AppError("usage", `the reason has ${reason.length} characters, and ${MAX_REASON} are read`, {
        hint: "A sentence is enough; put the rest where people can look it up.",
      });
    const issue = readIssue(values, Date.now());
    await using place = await openChannelPlace(values, context);
    const all = channelsOf(place.tags);
    const channels =
      values.channel !== undefined || all.length === 0 ? [readChannelName(values.channel, place.installer)] : all;
    const signers = await openChannelKeys(values, place, context);
    const documents: ChannelDocument[] = [];
    for (const channel of channels) {
      const before = await openChannel(place, channel);
      documents.push(
        values.undo === true
          ? unyank(before, version, issue)
          : planYank(before, { version, reason: reason?.trim() ?? "" }, issue),
      );
    }
    // All of them could be made: now they are published.
    for (const document of documents) await publishChannel(place, document, signers);
    if (values.json === true) return printJson(context, documents);
    context.out(documents.map(describeChannel).join("\n"));
    for (const { channel, releases, yanked } of documents)
      if (releases.every((release) => yanked.some((entry) => entry.version === release.version)))
        context.note(`warning: the channel ${channel} offers nothing else: who has ${version} stays on it for now\n`);
  },
};
