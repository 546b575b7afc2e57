import { AppError } from "../../errors.ts";
import { isSequence } from "../../trust/oldChannel.ts";
import { promote as planPromotion } from "../../trust/planChannel.ts";
import { CHANNEL_OPTIONS, EXPIRES_HELP, readIssue, readPercent, readVersion } from "../channelCommand.ts";
import { openAnew } from "../channelAnew.ts";
import { checkRelease, openChannel } from "../channels.ts";
import { type Command, onlyArgument, readArguments } from "../command.ts";
import { NETWORK_HELP } from "../network.ts";
import { publishNext } from "../nextDocument.ts";
import { KEY_HELP } from "../signingKeys.ts";

const OPTIONS = {
  ...CHANNEL_OPTIONS,
  channel: { type: "string" },
  rollout: { type: "string" },
  critical: { type: "boolean" },
  anew: { type: "boolean" },
  sequence: { type: "string" },
} as const;

export const promote: Command = {
  name: "promote",
  summary: "offer a release in a channel, to all or to some",
  options: OPTIONS,
  help: `Usage: slipway promote VERSION [--channel NAME] [--rollout PERCENT] [--critical] --key FILE...

Publishes the channel's next document, which names the release and who gets it. From the first document on, launchers
of the channel take only what is in it; what the tags have offered until then is in the first one.

  --channel NAME        default: installer.json's
  --rollout PERCENT     to so many of all computers, such as 10%; default: all, or as many as the version is offered
                        to already. Each decides for itself, for good
  --critical            a start waits for it; what was critical stays so
  --anew                begin the document anew where the one that is there is signed by keys that do not hold any
                        more, or cannot be read. Its number goes on, what it took back stays so, and older releases
                        are for as many as they were; where it does not tell, for all, from the tags
  --sequence NUMBER     with --anew: the number to publish, where the document that is there does not tell its own.
                        Launchers refuse one that is not above what they have seen (--launcher status)
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
    const wanted = values.rollout === undefined ? undefined : readPercent(values.rollout);
    const issue = readIssue(values, Date.now());
    const sequence = readSequence(values);
    const notes: string[] = [];
    const document = await publishNext({ name: values.channel, values, context }, async (place, channel) => {
      const { digest, verified } = await checkRelease(place, { version });
      const begun = values.anew === true ? await openAnew(place, { channel, version, sequence }) : undefined;
      notes.push(...(begun?.notes ?? []));
      const before = begun?.document ?? (await openChannel(place, channel, version));
      const critical = values.critical === true || verified?.critical === true;
      const rollout = wanted ?? begun?.rollout;
      return planPromotion(before, { version, digest, rollout, critical }, issue);
    });
    for (const note of notes) context.note(`${note}\n`);
    const offered = document.releases.find((release) => release.version === version)?.rollout ?? 100;
    if (wanted === undefined && offered < 100)
      context.note(
        `still for ${offered} %: ${version}. For all: slipway rollout ${document.channel} 100% ${version}\n`,
      );
    const forAll = document.releases.some(
      (release) => release.rollout === 100 && !document.yanked.some((entry) => entry.version === release.version),
    );
    if (!forAll)
      context.note(
        `warning: no release of the channel ${document.channel} is for everybody: who installs it now may get nothing\n`,
      );
  },
};

/** @throws AppError `usage`. */
function readSequence({
  anew,
  sequence: text,
}: {
  readonly anew?: boolean;
  readonly sequence?: string;
}): number | undefined {
  if (text === undefined) return undefined;
  if (anew !== true)
    throw new AppError("usage", "a document that is believed has its number from the one before it", {
      hint: "--sequence goes with --anew.",
    });
  const sequence = Number(text);
  if (/^\d+$/.test(text) && isSequence(sequence)) return sequence;
  throw new AppError("usage", `not a document's number: ${JSON.stringify(text)}`, { hint: "For example: 42" });
}
