import { AppError, isOfNoUse } from "../../errors.ts";
import { isExpired } from "../../trust/channelDocument.ts";
import { renew } from "../../trust/planChannel.ts";
import { shortKey } from "../../trust/publicKey.ts";
import {
  CHANNEL_OPTIONS,
  type ChannelValues,
  describeChannel,
  EXPIRES_HELP,
  noDocument,
  openChannelPlace,
  readChannelName,
  readIssue,
} from "../channelCommand.ts";
import { channelsOf, fetchChannelDocument } from "../channels.ts";
import { type Command, type CommandContext, noMoreArguments, printJson, readArguments } from "../command.ts";
import { fetchPublished, publishNext } from "../nextDocument.ts";
import { tryEach, warnOf } from "../passedOver.ts";
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
    if (action === "show") return await show(values, { name, context });
    const issue = readIssue(values, Date.now());
    await publishNext({ name, values, context }, async (place, channel) =>
      renew(await fetchPublished(place, channel), issue),
    );
  },
};

async function show(
  values: ChannelValues,
  { name, context }: { readonly name: string | undefined; readonly context: CommandContext },
): Promise<void> {
  await using place = await openChannelPlace(values, context);
  const names = name === undefined ? channelsOf(place.tags) : [readChannelName(name, place.installer)];
  const { done: shown, passedOver } = await tryEach(
    names.map((channel) => ({ channel })),
    async ({ channel: one }) => {
      const published = await fetchChannelDocument(place, one);
      if (published === undefined) throw noDocument(one);
      const { document, signers } = published;
      return { document, signers: signers.map(({ id }) => id), expired: isExpired(document, Date.now()) };
    },
    (error) => name === undefined && isOfNoUse(error),
  );
  for (const one of passedOver) warnOf(one, context);
  if (shown.length === 0 && passedOver.length > 0)
    throw new AppError("bad-data", "no channel has a document that launchers believe", {
      hint: "Do what the warnings say: until then launchers take nothing new.",
    });
  if (values.json === true) return printJson(context, shown);
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
