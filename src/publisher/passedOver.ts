import { AppError, isOfNoUse } from "../errors.ts";
import { tagOfChannel } from "../trust/channelDocument.ts";
import type { CommandContext } from "./command.ts";

/** A channel for which something could not be done. */
export interface PassedOver {
  readonly channel: string;
  readonly error: AppError;
}

/**
 * Does the same for every channel: one that is in the way is no reason to leave the others alone.
 *
 * @param isInTheWay which errors concern that channel alone; all others are thrown.
 */
export async function tryEach<Item extends { readonly channel: string }, Done>(
  items: readonly Item[],
  act: (item: Item) => Promise<Done>,
  isInTheWay: (error: AppError) => boolean,
): Promise<{ readonly done: readonly Done[]; readonly passedOver: readonly PassedOver[] }> {
  const done: Done[] = [];
  const passedOver: PassedOver[] = [];
  for (const item of items)
    try {
      done.push(await act(item));
    } catch (error) {
      if (!(error instanceof AppError) || !isInTheWay(error)) throw error;
      passedOver.push({ channel: item.channel, error });
    }
  return { done, passedOver };
}

/** What to do about a document that nobody believes. */
function anewHint(channel: string): string {
  return (
    `To begin its document anew: slipway promote VERSION --channel ${channel} --anew. ` +
    `Where nobody follows a channel of that name, delete the tag ${tagOfChannel(channel)}.`
  );
}

export function warnOf({ channel, error }: PassedOver, context: Pick<CommandContext, "note">): void {
  const hint = isOfNoUse(error) ? anewHint(channel) : (error.hint ?? "Try again.");
  context.note(`warning: the channel ${channel} is passed over: ${error.message}\n  ${hint}\n`);
}
