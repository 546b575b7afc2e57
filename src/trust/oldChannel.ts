import * as v from "valibot";
import { AppError } from "../errors.ts";
import { parseJson } from "../oci/parse.ts";
import { type ChannelDocument, MAX_REASON, MAX_RELEASES, releaseSchema, yankedSchema } from "./channelDocument.ts";
import type { Envelope } from "./dsse.ts";
import { sequenceSchema } from "./keyring.ts";

/**
 * What can be told of a channel's document that is not believed any more, or not understood, for the one that begins
 * anew in its place.
 */
export interface OldChannel {
  /** Undefined where it says none. */
  readonly sequence: number | undefined;
  /** To how many percent it offered which version; undefined where it does not say so in a way that we understand. */
  readonly offered: ReadonlyMap<string, number> | undefined;
  /** What it took back: all that is understood of it. */
  readonly yanked: ChannelDocument["yanked"];
  /** From when until when it was to be believed; undefined for ever, and for what is no time. */
  readonly good: Required<Pick<ChannelDocument, "issued" | "expires">> | undefined;
}

const objectSchema = v.record(v.string(), v.unknown());
const offerSchema = v.pick(releaseSchema, ["version", "rollout"]);

/**
 * Reads each part by itself: a format of later has a number too. What is about another program or channel says nothing
 * here.
 */
export function readOldChannel(
  { payload }: Envelope,
  { id, channel }: { readonly id: string; readonly channel: string },
): OldChannel | undefined {
  const value = readObject(payload);
  if (value === undefined) return undefined;
  if ((value["id"] ?? id) !== id || (value["channel"] ?? channel) !== channel) return undefined;
  const { sequence } = value;
  return {
    sequence: isSequence(sequence) ? sequence : undefined,
    offered: readOffers(value["releases"]),
    yanked: readYanked(value["yanked"]),
    good: readGood(value),
  };
}

// A hundred years: what is longer is as good as for ever, and may be no date any more.
const LONGEST = 36_500 * 86_400_000;

function readGood({ issued, expires }: Readonly<Record<string, unknown>>): OldChannel["good"] {
  if (typeof issued !== "string" || typeof expires !== "string") return undefined;
  const span = Date.parse(expires) - Date.parse(issued);
  return span > 0 && span <= LONGEST ? { issued, expires } : undefined;
}

function readOffers(value: unknown): ReadonlyMap<string, number> | undefined {
  if (!Array.isArray(value)) return undefined;
  const offers = value.flatMap((entry: unknown) => (v.is(offerSchema, entry) ? [entry] : []));
  // Of two that differ the lower one: nothing is to be given to more people than before.
  const falling = offers.toSorted((a, b) => b.rollout - a.rollout);
  return new Map(falling.map(({ version, rollout }) => [version, rollout]));
}

function readYanked(value: unknown): ChannelDocument["yanked"] {
  if (!Array.isArray(value)) return [];
  const entries = value.flatMap((entry: unknown) => {
    if (!v.is(objectSchema, entry)) return [];
    const reason = typeof entry["reason"] === "string" ? entry["reason"].slice(0, MAX_REASON) : "";
    const read = v.safeParse(yankedSchema, { ...entry, reason });
    return read.success ? [read.output] : [];
  });
  return [...new Map(entries.map((entry) => [entry.version, entry])).values()].slice(0, MAX_RELEASES);
}

function readObject(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseJson(payload, "the document");
    return v.is(objectSchema, value) && !Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

/** Whether it can be the number of a document. */
export function isSequence(number: unknown): number is number {
  return v.is(sequenceSchema, number);
}

// Far more than anybody publishes: a thief may have used up the numbers, and launchers forget them with the old keys.
const HIGHEST_HONEST = 1_000_000;

export interface NumberQuestion {
  readonly channel: string;
  /** Whether a key that holds has signed the old document, or none has to: launchers remember its number. */
  readonly remembered: boolean;
  /** What the publisher wants. */
  readonly wanted: number | undefined;
}

/**
 * The number to go on from. Nobody guesses it: launchers refuse what is below the number that they have seen, for ever.
 *
 * @param known the old document's; 0 where there is none. @throws AppError `bad-data` where it cannot be told, `usage` for one that launchers would refuse.
 */
export function lastNumber(known: number | undefined, { channel, remembered, wanted }: NumberQuestion): number {
  if (wanted !== undefined) {
    if (known === undefined || known < wanted || !remembered) return wanted - 1;
    throw new AppError(
      "usage",
      `launchers that have seen number ${known} of the channel ${channel} would refuse number ${wanted}`,
      { hint: "Leave --sequence out, or give a higher one." },
    );
  }
  if (known === undefined)
    throw new AppError("bad-data", `the document of the channel ${channel} does not tell its number any more`, {
      hint:
        "Launchers refuse a number below the one that they have seen: slipway promote ... --anew --sequence NUMBER, with " +
        "one that is surely higher.\nThe program tells which number it has seen: --launcher status",
    });
  if (known <= HIGHEST_HONEST) return known;
  // Whoever had the keys could use the numbers up, and launchers forget them together.
  if (!remembered) return 0;
  throw new AppError("bad-data", `nobody comes to number ${known} of the channel ${channel} by publishing`, {
    hint:
      "If somebody else has your key, replace it first: slipway rotate --drop-old. " +
      "If the number is yours: slipway promote ... --anew --sequence NUMBER, with a higher one.",
  });
}
