import type { Activation } from "../store/activation.ts";
import { takeNews } from "../store/news.ts";
import { readTrustRecord } from "../store/trustRecord.ts";
import { tagOfChannel } from "../trust/channelDocument.ts";
import type { Session } from "./session.ts";

export interface Sentence {
  readonly text: string;
  readonly reason?: string;
}

/**
 * What was left for the person to read, by this start or by a process that nobody saw. Whoever gets it has to say it.
 *
 * @returns undefined where there is nothing, or it is not true any more.
 */
export function takeSentence(
  { context: { installer, paths, settings }, messages }: Pick<Session, "context" | "messages">,
  { current }: Activation,
): Sentence | undefined {
  const news = takeNews(paths);
  switch (news?.kind) {
    case "withdrawn": {
      const { from, to, reason } = news;
      return to === current.version ? { text: messages.withdrawn(installer.name, from, to), reason } : undefined;
    }
    case "frozen": {
      const { since } = news;
      const seen = readTrustRecord(paths).channels[tagOfChannel(settings.channel)];
      // There may be a new document by now.
      return seen?.expires === since ? { text: messages.frozen(installer.name, since.slice(0, 10)) } : undefined;
    }
    case undefined:
      return undefined;
  }
}
