import { isDeepStrictEqual } from "node:util";
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
  const before = readTrustRecord(context.paths);
  let learned: TrustRecord | undefined;
  const question = { ...asking.question, onLearned: (record: TrustRecord) => (learned = record) };
  try {
    return await check(context, { ...asking, question });
  } finally {
    const record = learned;
    // A process that was stopped for a minute may not know that its lock was broken (store/lock.ts). What somebody has
    // learned meanwhile stays, because ours may be older; the next check learns the rest.
    if (record !== undefined)
      await updateTrustRecord(context.paths, (now) => (isDeepStrictEqual(now, before) ? record : now));
  }
}

/** Leaves for the person to read that updates wait for a new document, once for each. The caller holds the lock. */
export async function noteFreeze({ paths, settings }: UpdateContext, since: string): Promise<void> {
  const tag = tagOfChannel(settings.channel);
  const seen = readTrustRecord(paths).channels[tag];
  if (seen === undefined || seen.told) return;
  await leaveNews(paths, { kind: "frozen", since });
  await updateTrustRecord(paths, (record) =>
    record.channels[tag]?.digest === seen.digest
      ? { ...record, channels: { ...record.channels, [tag]: { ...seen, told: true } } }
      : record,
  );
}
