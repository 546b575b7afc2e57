import { AppError } from "../errors.ts";
import type { TaggedStorage } from "../oci/storage.ts";
import type { SeenChannel, TrustRecord } from "../store/trustRecord.ts";
import { CHANNEL_DOCUMENT, isExpired, type ReadChannel, readChannel, tagOfChannel } from "../trust/channelDocument.ts";
import { fetchDocument } from "../trust/document.ts";
import type { Envelope } from "../trust/dsse.ts";
import type { Keyring } from "../trust/keyring.ts";

export interface ChannelQuestion {
  /** The program's id. */
  readonly id: string;
  readonly channel: string;
  readonly keyring: Keyring | undefined;
  readonly record: TrustRecord;
  /** Whether nothing may be installed without a document. */
  readonly required: boolean;
  /** Where it comes from, for errors. */
  readonly origin: string;
}

/**
 * Asks for the document of the channel. Missing, it is undefined; other trouble waits for whoever needs it, because it
 * is asked for while the tags are.
 */
export async function fetchChannel(
  source: TaggedStorage,
  channel: string,
  signal: AbortSignal,
): Promise<Envelope | undefined> {
  try {
    return await fetchDocument(source, tagOfChannel(channel), { payloadType: CHANNEL_DOCUMENT, signal });
  } catch (error) {
    if (error instanceof AppError && error.code === "not-found") return undefined;
    throw error;
  }
}

/**
 * What the document says, if it is to be believed.
 *
 * @returns undefined where there is none and none is needed. @throws AppError `bad-data` for one that is older than what
 * this computer has seen, or missing where there was one.
 */
export function judgeChannel(
  envelope: Envelope | undefined,
  { id, channel, keyring, record, required, origin }: ChannelQuestion,
): ReadChannel | undefined {
  const recorded = record.channels[tagOfChannel(channel)];
  // TUF 5.3.11: whoever had the keys that were dropped could have used the numbers up.
  const seen = recorded !== undefined && isStillBelieved(recorded, keyring) ? recorded : undefined;
  if (envelope === undefined) {
    // One that is gone would let everybody have what was offered to few, or was taken back. That there was one is not
    // forgotten with the keys: whoever hides the new one would gain by it.
    if (!required && recorded === undefined) return undefined;
    const had = recorded === undefined ? "" : `, and had number ${recorded.sequence}`;
    const isDue = recorded !== undefined && seen === undefined;
    throw refuse(`${origin} has no document of the channel ${channel}${had}`, isDue ? DUE : undefined);
  }
  const read = readChannel(envelope, { quorum: keyring, id, channel });
  const { sequence } = read.document;
  // TUF 1.5.1 "rollback attack", and a mirror that is behind.
  if (seen !== undefined && sequence < seen.sequence)
    throw refuse(
      `${origin} has number ${sequence} of the document of the channel ${channel}, and this computer has seen ${seen.sequence}`,
    );
  // TUF 5.4.4: the same number stands for the same content.
  if (seen !== undefined && sequence === seen.sequence && read.digest !== seen.digest)
    throw refuse(`${origin} has another number ${sequence} of the document of the channel ${channel}`);
  return read;
}

/** What is to be remembered of a document. */
export function seenOf({ document, digest, signers }: ReadChannel, before: SeenChannel | undefined): SeenChannel {
  const { sequence, issued, expires, yanked } = document;
  const keys = signers.map((key) => key.id);
  const told = before?.sequence === sequence && before.told;
  return { keys, sequence, digest, issued, yanked, told, ...(expires === undefined ? {} : { expires }) };
}

/** Whether one of those who signed it is believed by now; without keys, whether nobody had to. */
function isStillBelieved({ keys }: SeenChannel, keyring: Keyring | undefined): boolean {
  if (keyring === undefined) return keys.length === 0;
  return keyring.keys.some(({ id }) => keys.includes(id));
}

/**
 * By the clock (TUF 1.5.1 "freeze attack"). One that stands before the document was made counts as that moment, which is
 * all that is known of the time without it.
 */
export function isStale({ document }: ReadChannel, now: number): boolean {
  return isExpired(document, Math.max(now, Date.parse(document.issued)));
}

const DUE =
  "The keys were replaced since: updates go on when the publisher has made a new document with the new ones. Tell the publisher.";

function refuse(message: string, hint = "Nothing is updated from there. Tell the publisher."): AppError {
  return new AppError("bad-data", message, { hint });
}
