import type { ChannelDocument } from "../trust/channelDocument.ts";
import {
  type ChannelValues,
  describeChannel,
  noDocument,
  openChannelKeys,
  openChannelPlace,
  readChannelName,
} from "./channelCommand.ts";
import { type ChannelPlace, fetchChannelDocument } from "./channels.ts";
import { type CommandContext, printJson } from "./command.ts";
import { publishChannel } from "./publishChannel.ts";

export interface NextDocument {
  /** The channel as the publisher has named it; installer.json's when undefined. */
  readonly name: string | undefined;
  readonly values: ChannelValues;
  readonly context: CommandContext;
}

/** What promote, rollout and renew have in common: they publish the next document of one channel, and print it. */
export async function publishNext(
  { name, values, context }: NextDocument,
  plan: (place: ChannelPlace, channel: string) => Promise<ChannelDocument>,
): Promise<ChannelDocument> {
  await using place = await openChannelPlace(values, context);
  const channel = readChannelName(name, place.installer);
  const signers = await openChannelKeys(values, place, context);
  const document = await plan(place, channel);
  await publishChannel(place, document, signers);
  if (values.json === true) printJson(context, document);
  else context.out(describeChannel(document));
  return document;
}

/** The document that there has to be. @throws AppError `not-found`, `bad-data`. */
export async function fetchPublished(place: ChannelPlace, channel: string): Promise<ChannelDocument> {
  const published = await fetchChannelDocument(place, channel);
  if (published === undefined) throw noDocument(channel);
  return published.document;
}
