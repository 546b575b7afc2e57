import * as v from "valibot";
import { AppError } from "../errors.ts";
import { onOneLine } from "../format.ts";
import { digestSchema } from "../oci/descriptor.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { parseValueAs } from "../oci/parse.ts";
import { versionOfTag } from "../release/versionTag.ts";
import { type Envelope, openEnvelope, type Quorum, readUnverified } from "./dsse.ts";
import { sequenceSchema } from "./keyring.ts";
import type { PublicKey } from "./publicKey.ts";

/** A statement about a channel: which releases it has for whom, until when, and which were taken back. */
export const CHANNEL_DOCUMENT = "application/vnd.slipway.channel.v1+json";

// Far more than a publisher looks over; the document is fetched by every start that checks.
export const MAX_RELEASES = 200;
/** Characters of why a version was taken back. */
export const MAX_REASON = 500;

const versionSchema = v.pipe(
  v.string(),
  v.check((text) => versionOfTag(text.replace("+", "_")) === text, "expected a version such as 1.2.0"),
);
// Date.parse alone takes any words in brackets along, which would get to a terminal, and guesses at a zone.
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const timeSchema = v.pipe(
  v.string(),
  v.check(
    (text) => RFC_3339.test(text) && !Number.isNaN(Date.parse(text)),
    "expected a time such as 2026-01-31T12:00:00Z",
  ),
);

export const releaseSchema = v.object({
  version: versionSchema,
  /** Of the index: what this tag stood for when it was promoted. */
  digest: digestSchema,
  /** Percent of all computers. */
  rollout: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  /** Whether a start waits for it. */
  critical: v.optional(v.boolean(), false),
});
export const yankedSchema = v.object({
  version: versionSchema,
  reason: v.pipe(
    v.string(),
    v.maxLength(MAX_REASON),
    // People read it on a terminal or in a window.
    v.transform((text) => onOneLine(text).trim()),
  ),
});
const nameSchema = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,200}$/, "expected a name without spaces"));

const documentSchema = v.object({
  /** The program's id. */
  id: nameSchema,
  channel: nameSchema,
  /** One more at each change. */
  sequence: sequenceSchema,
  /** RFC 3339. */
  issued: timeSchema,
  /** RFC 3339. */
  expires: v.exactOptional(timeSchema),
  releases: v.pipe(v.array(releaseSchema), v.maxLength(MAX_RELEASES)),
  yanked: v.pipe(v.array(yankedSchema), v.maxLength(MAX_RELEASES)),
});

export type ChannelDocument = v.InferOutput<typeof documentSchema>;
export type ChannelRelease = ChannelDocument["releases"][number];

export { channelOfTag, tagOfChannel } from "./channelTag.ts";

export function composeChannel(document: ChannelDocument): Envelope {
  return { payloadType: CHANNEL_DOCUMENT, payload: Buffer.from(JSON.stringify(document)), signatures: [] };
}

/** A document and what identifies it: two with the same number must be the same. */
export interface ReadChannel {
  readonly document: ChannelDocument;
  /** Of the signed bytes. */
  readonly digest: Digest;
  /** Those who have to sign and did; none where nobody has to. */
  readonly signers: readonly PublicKey[];
}

/**
 * Reads a channel's document.
 *
 * @param options.quorum who has to have signed it; nobody when undefined. So with the id: whose it is. @throws AppError `bad-data`.
 */
export function readChannel(
  envelope: Envelope,
  {
    quorum,
    id,
    channel,
  }: { readonly quorum: Quorum | undefined; readonly id: string | undefined; readonly channel: string },
): ReadChannel {
  const what = `the document of the channel ${channel}`;
  const expected = { payloadType: CHANNEL_DOCUMENT, what };
  const { value, signers } =
    quorum === undefined
      ? { value: readUnverified(envelope, expected), signers: [] }
      : openEnvelope(envelope, quorum, expected);
  const document = parseValueAs(documentSchema, value, what);
  // TUF 1.5.1 "wrong software" and "mix-and-match": another program's, or another channel's, says nothing here.
  if (id !== undefined && document.id !== id)
    throw new AppError("bad-data", `${what} is about ${document.id}, not ${id}`);
  if (document.channel !== channel.toLowerCase())
    throw new AppError("bad-data", `${what} is that of the channel ${document.channel}`);
  return { document, digest: digestOf(envelope.payload), signers };
}

/** Why a version was taken back, or undefined. */
export function yankReason({ yanked }: ChannelDocument, version: string): string | undefined {
  return yanked.find((entry) => entry.version === version)?.reason;
}

export function isExpired({ expires }: Pick<ChannelDocument, "expires">, now: number): boolean {
  return expires !== undefined && Date.parse(expires) <= now;
}
