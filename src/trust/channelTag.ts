// This file is on the launch path.

const PREFIX = "channel-";

/** The tag under which a channel's document is. */
export function tagOfChannel(channel: string): string {
  return `${PREFIX}${channel.toLowerCase()}`;
}

/** The channel that a tag has the document of. */
export function channelOfTag(tag: string): string | undefined {
  return tag.startsWith(PREFIX) ? tag.slice(PREFIX.length) : undefined;
}
