import { AppError } from "../../errors.ts";
import { isExpired } from "../../trust/channelDocument.ts";
import { renew } from "../../trust/planChannel.ts";
import { shortKey } from "../../trust/publicKey.ts";
import {
  CHANNEL_OPTIONS,
  describeChannel,
  EXPIRES_HELP,
  noDocument,
  openChannelKeys,
  openChannelPlace,
  readChannelName,
  readIssue,
} from "../channelCommand.ts";
import { type ChannelPlace, channelsOf, fetchChannelDocument } from "../channels.ts";
import { publishChannel } from "../publishChannel.ts";
import { type Command, type CommandContext, noMoreArguments, printJson, readArguments } from "../command.ts";
import { isUnreadable, tryEach, warnOf } from "../passedOver.ts";
import { NETWORK_HELP } from "../network.ts";
import { KEY_HELP } from "../signingKeys.ts";

export const channel: Command = {
  name: "channel",
  summary: "show what a channel offers, or renew its document",
  options: CHANNEL_OPTIONS,
  help: `Usage: slipway channel show [NAME]
       slipway channel renew [NAME] [--expires TIME] --key FILE...

Shows the documents of all channels, or of one: which releases are offered to how many, what was yanked, until when
it is to be believed and who has signed it. Renewing publishes the same again, for a while longer.

${EXPIRES_HELP}
${KEY_HELP}
  --config FILE         default installer.json
  --json                print JSON
${NETWORK_HELP}

Examples:
  slipway channel show
  slipway channel renew stable --expires 30d --key slipway.key
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, CHANNEL_OPTIONS);
    const [action = "show", name, ...more] = positionals;
    noMoreArguments(more, "a channel");
    if (action !== "show" && action !== "renew")
      throw new AppError("usage", `there is no channel ${action}`, {
        hint: "Write: slipway channel show, or slipway channel renew",
      });
    await using place = await openChannelPlace(values, context);
    if (action === "show") return await show(place, { name, json: values.json === true, context });
    const chosen = readChannelName(name, place.installer);
    const signers = await openChannelKeys(values, place, context);
    const published = await fetchChannelDocument(place, chosen);
    if (published === undefined) throw noDocument(chosen);
    const document = renew(published.document, readIssue(values, Date.now()));
    await publishChannel(place, document, signers);
    if (values.json === true) return printJson(context, document);
    context.out(describeChannel(document));
  },
};

interface Showing {
  readonly name: string | undefined;
  readonly json: boolean;
  readonly context: CommandContext;
}

async function show(place: ChannelPlace, { name, json, context }: Showing): Promise<void> {
  const names = name === undefined ? channelsOf(place.tags) : [readChannelName(name, place.installer)];
  const { done: shown, passedOver } = await tryEach(
    names.map((channel) => ({ channel })),
    async ({ channel: one }) => {
      const published = await fetchChannelDocument(place, one);
      if (published === undefined) throw noDocument(one);
      const { document, signers } = published;
      return { document, signers: signers.map(({ id }) => id), expired: isExpired(document, Date.now()) };
    },
    (error) => name === undefined && isUnreadable(error),
  );
  for (const one of passedOver) warnOf(one, context);
  if (shown.length === 0 && passedOver.length > 0)
    throw new AppError("bad-data", "no channel has a document that launchers believe");
  if (json) return printJson(context, shown);
  if (shown.length === 0)
    return context.out("No channel has a document: launchers take the newest version that is tagged.\n");
  context.out(
    shown
      .map(({ document, signers, expired }) => {
        const who = signers.length === 0 ? "not signed" : `signed by ${signers.map(shortKey).join(", ")}`;
        return `${describeChannel(document)}  ${who}${expired ? "; EXPIRED: launchers stay as they are" : ""}\n`;
      })
      .join("\n"),
  );
}
