import { AppError } from "../errors.ts";
import { newestFirst, parseTags } from "../release/resolve.ts";
import { readOldChannel } from "../trust/oldChannel.ts";
import { fetchAnyEnvelope } from "./channelAnew.ts";
import { type ChannelPlace, channelsOf } from "./channels.ts";
import { didYouMean } from "./didYouMean.ts";

/**
 * Refuses a version that neither the tags nor any channel's document has ever heard of: most likely it is a typo, and
 * the release that was meant would stay on offer.
 *
 * @throws AppError `not-found`.
 */
export async function requireKnown(place: ChannelPlace, version: string): Promise<void> {
  const tagged = newestFirst(parseTags(place.tags)).map(({ version }) => version);
  if (tagged.includes(version)) return;
  const named = new Set<string>();
  for (const channel of channelsOf(place.tags)) {
    const envelope = await fetchAnyEnvelope(place, channel);
    // A document that is not believed has offered it to those who believed it.
    const old = envelope === undefined ? undefined : readOldChannel(envelope, { id: place.installer.id, channel });
    for (const name of old?.offered?.keys() ?? []) named.add(name);
    for (const { version } of old?.yanked ?? []) named.add(version);
  }
  if (named.has(version)) return;
  const meant = didYouMean(version, [...new Set([...tagged, ...named])]);
  const newest = tagged.length === 0 ? "There is none yet." : `The newest are ${tagged.slice(0, 5).join(", ")}.`;
  throw new AppError("not-found", `there is no version ${version}`, {
    hint: `${meant ?? newest}\nIf there was one, and its tag is deleted, say so: --deleted`,
  });
}
