import { leaveNews } from "../store/news.ts";
import { readTrustRecord, type TrustRecord, updateTrustRecord } from "../store/trustRecord.ts";
import { tagOfChannel } from "../trust/channelDocument.ts";
import { type Check, check } from "./check.ts";
import type { UpdateContext } from "./context.ts";
import type { Finding } from "./find.ts";

/**
 * Checks, and writes down what is learned of keys and channels, whatever comes of it: nobody is to go back behind that.
 * The caller holds the lock.
 */
export async function checkAndLearn(context: UpdateContext, asking: Check): Promise<Finding> {
  let learned: TrustRecord | undefined;
  const question = { ...asking.question, onLearned: (record: TrustRecord) => (learned = record) };
  try {
    return await check(context, { ...asking, question });
  } finally {
    const record = learned;
    if (record !== undefined) await updateTrustRecord(context.paths, () => record);
  }
}

/** Leaves for the person to read that updates wait for a new document, once for each. The caller holds the lock. */
export async function noteFreeze({ paths, settings }: UpdateContext, since: string): Promise<void> {
  const tag = tagOfChannel(settings.channel);
  const seen = readTrustRecord(paths).channels[tag];
  if (seen === undefined || seen.told) return;
  await leaveNews(paths, { kind: "frozen", since });
  await updateTrustRecord(paths, (record) => ({
    ...record,
    channels: { ...record.channels, [tag]: { ...seen, told: true } },
  }));
}
