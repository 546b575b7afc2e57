import { AppError, isOfNoUse } from "../../errors.ts";
import { type ChannelDocument, MAX_REASON, yankReason } from "../../trust/channelDocument.ts";
import { type Issue, SHOW, unyank, yank as planYank } from "../../trust/planChannel.ts";
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
import { type PassedOver, tryEach, warnOf } from "../passedOver.ts";
import { requireKnown } from "../knownVersions.ts";
import { NETWORK_HELP } from "../network.ts";
import { KEY_HELP } from "../signingKeys.ts";

const OPTIONS = {
  ...CHANNEL_OPTIONS,
  channel: { type: "string" },
  reason: { type: "string" },
  undo: { type: "boolean" },
  deleted: { type: "boolean" },
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
  --deleted             although there is no such version any more: some computers may still have it
  --undo                let the version be offered again, wherever it was yanked
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
    const isNamed = values.channel !== undefined;
    const names = isNamed || all.length === 0 ? [readChannelName(values.channel, place.installer)] : all;
    const signers = await openChannelKeys(values, place, context);
    if (values.undo !== true && values.deleted !== true) await requireKnown(place, version);
    const read = await tryEach(
      names.map((channel) => ({ channel })),
      async ({ channel }) => await openChannel(place, channel),
      (error) => !isNamed && isOfNoUse(error),
    );
    for (const one of read.passedOver) warnOf(one, context);
    // All that can be read are planned before the first is published.
    const documents =
      values.undo === true
        ? undo(read.done, version, issue)
        : read.done.map((before) => planYank(before, { version, reason: reason?.trim() ?? "" }, issue));
    const published = await tryEach(
      documents,
      async (document) => {
        await publishChannel(place, document, signers);
        return document;
      },
      () => documents.length > 1,
    );
    for (const one of published.passedOver) warnOf(one, context);
    if (values.json === true) printJson(context, published.done);
    else context.out(published.done.map(describeChannel).join("\n"));
    for (const { channel, releases, yanked } of published.done)
      if (
        values.undo !== true &&
        releases.every((release) => yanked.some((entry) => entry.version === release.version))
      )
        context.note(`warning: the channel ${channel} offers nothing else: who has ${version} stays on it for now\n`);
    const passedOver = [...read.passedOver, ...published.passedOver];
    if (passedOver.length > 0)
      throw notEverywhere(passedOver, {
        what: `${version} was ${values.undo === true ? "offered again" : "yanked"}`,
        done: published.done,
      });
  },
};

/** Where it is yanked: it need not be so everywhere. */
function undo(read: readonly ChannelDocument[], version: string, issue: Issue): ChannelDocument[] {
  const [first, ...others] = read;
  const there = read.filter((before) => yankReason(before, version) !== undefined);
  if (there.length === 0 && first !== undefined && others.length > 0)
    throw new AppError(
      "usage",
      `${version} is not yanked in any of the channels ${read.map(({ channel }) => channel).join(", ")}`,
      { hint: SHOW },
    );
  return (there.length === 0 ? read : there).map((before) => unyank(before, version, issue));
}

/** A release that is still on offer somewhere must not look as if it were gone. */
function notEverywhere(
  passedOver: readonly PassedOver[],
  { what, done }: { readonly what: string; readonly done: readonly ChannelDocument[] },
): AppError {
  const list = (channels: readonly { readonly channel: string }[]): string =>
    channels.map(({ channel }) => channel).join(", ");
  const where = done.length === 0 ? "nowhere" : `in ${list(done)}`;
  return new AppError(passedOver[0]?.error.code ?? "internal", `${what} ${where}, and not in ${list(passedOver)}`, {
    hint: "Do what the warnings say, then give the same command again.",
  });
}
