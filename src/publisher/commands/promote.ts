import { promote as planPromotion } from "../../trust/planChannel.ts";
import {
  CHANNEL_OPTIONS,
  describeChannel,
  EXPIRES_HELP,
  openChannelKeys,
  openChannelPlace,
  readChannelName,
  readIssue,
  readPercent,
  readVersion,
} from "../channelCommand.ts";
import { checkRelease, openChannel, publishChannel } from "../channels.ts";
import { type Command, onlyArgument, printJson, readArguments } from "../command.ts";
import { NETWORK_HELP } from "../network.ts";
import { KEY_HELP } from "../signingKeys.ts";

const OPTIONS = {
  ...CHANNEL_OPTIONS,
  channel: { type: "string" },
  rollout: { type: "string" },
  critical: { type: "boolean" },
  anew: { type: "boolean" },
} as const;

export const promote: Command = {
  name: "promote",
  summary: "offer a release in a channel, to all or to some",
  options: OPTIONS,
  help: `Usage: slipway promote VERSION [--channel NAME] [--rollout PERCENT] [--critical] --key FILE...

Publishes the channel's next document, which names the release and who gets it. From the first document on, launchers
of the channel take only what is in it; what the tags have offered until then is in the first one.

  --channel NAME        default: installer.json's
  --rollout PERCENT     to so many of all computers, such as 10%; default: all. Each decides for itself, for good
  --critical            a start waits for it
  --anew                begin the document anew, from the tags, where the one that is there is signed by keys that
                        do not hold any more
${EXPIRES_HELP}
${KEY_HELP}
  --config FILE         default installer.json
  --json                print JSON
${NETWORK_HELP}

Example:
  slipway promote 1.2.0 --channel stable --rollout 10% --expires 30d --key slipway.key
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const version = readVersion(onlyArgument(positionals, "a version"));
    const rollout = readPercent(values.rollout ?? "100");
    const issue = readIssue(values, Date.now());
    await using place = await openChannelPlace(values, context);
    const channel = readChannelName(values.channel, place.installer);
    const signers = await openChannelKeys(values, place, context);
    const { digest, verified } = await checkRelease(place, { version });
    const before = await openChannel(place, channel, { below: version, anew: values.anew === true });
    const critical = values.critical === true || verified?.critical === true;
    const document = planPromotion(before, { version, digest, rollout, critical }, issue);
    await publishChannel(place, document, signers);
    if (values.json === true) return printJson(context, document);
    context.out(describeChannel(document));
    const forAll = document.releases.some(
      (release) => release.rollout === 100 && !document.yanked.some((entry) => entry.version === release.version),
    );
    if (!forAll)
      context.note(
        `warning: no release of the channel ${channel} is for everybody: who installs it now may get nothing\n`,
      );
  },
};
