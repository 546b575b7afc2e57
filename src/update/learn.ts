import { readTrustRecord, type TrustRecord, updateTrustRecord } from "../store/trustRecord.ts";
import { tagOfChannel } from "../trust/channelDocument.ts";
import { type Check, check } from "./check.ts";
import type { UpdateContext } from "./context.ts";
import type { Finding } from "./find.ts";

/** Updates wait for a new document of the channel. */
export interface Freeze {
  /** RFC 3339. */
  readonly since: string;
  /** Whether nobody has been told of this document yet. */
  readonly isNews: boolean;
}

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

/** Remembers that it is told, so that not every start says it. The caller holds the lock. */
export async function noteFreeze({ paths, settings }: UpdateContext, since: string): Promise<Freeze> {
  const tag = tagOfChannel(settings.channel);
  const seen = readTrustRecord(paths).channels[tag];
  if (seen === undefined || seen.told) return { since, isNews: false };
  await updateTrustRecord(paths, (record) => ({
    ...record,
    channels: { ...record.channels, [tag]: { ...seen, told: true } },
  }));
  return { since, isNews: true };
}
