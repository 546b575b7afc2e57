import { createHash } from "node:crypto";
import * as v from "valibot";
import { AppError } from "../errors.ts";
import { parseValueAs } from "../oci/parse.ts";
import { type Envelope, openEnvelope, readUnverified, signEnvelope, type Signer, signersOf } from "./dsse.ts";
import { parsePublicKey, type PublicKey } from "./publicKey.ts";

/** Who is believed, and by how many. */
export interface Keyring {
  /** 0 for what a launcher was first built with; the number of the statement that introduced them else. */
  readonly sequence: number;
  /** Keys that sign releases and channel documents. */
  readonly keys: readonly PublicKey[];
  /** How many of them have to. */
  readonly threshold: number;
  /** Keys that sign nothing but a statement about keys, and lie offline until it is needed. */
  readonly recovery: readonly PublicKey[];
}

/** A keyring as it is written down: public keys as PEM. */
export interface WrittenKeyring {
  readonly sequence: number;
  readonly keys: string[];
  readonly threshold: number;
  readonly recovery: string[];
}

/** @throws AppError `config`. */
export function parseKeyring({ sequence, keys, threshold, recovery }: WrittenKeyring): Keyring {
  return { sequence, threshold, keys: keys.map(parsePublicKey), recovery: recovery.map(parsePublicKey) };
}

export function writeKeyring({ sequence, keys, threshold, recovery }: Keyring): WrittenKeyring {
  return { sequence, threshold, keys: keys.map(({ pem }) => pem), recovery: recovery.map(({ pem }) => pem) };
}

/** Tells keyrings apart, whatever their keys are written like. */
export function fingerprintOf({ sequence, keys, threshold, recovery }: Keyring): string {
  return createHash("sha256")
    .update(JSON.stringify([sequence, idsOf(keys), threshold, idsOf(recovery)]))
    .digest("hex");
}

/** A statement about keys: these ones from now on. */
export const KEYS_STATEMENT = "application/vnd.slipway.keys.v1+json";

/** The highest number of a statement: what may follow "trust-" in a tag. */
export const MAX_SEQUENCE = 999_999;
/**
 * Statements that a recovery key signs have the multiples of this as their numbers: so high that computers which took a
 * thief's statements take them, though nobody knows how many those were, and so few that a launcher can look at each of
 * them, whatever else a thief has put there.
 */
export const RECOVERY_STEP = 10_000;
const MAX_KEYS = 16;

export const sequenceSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const keysSchema = v.pipe(v.array(v.string()), v.maxLength(MAX_KEYS, `expected ${MAX_KEYS} keys at most`));
const statementSchema = v.object({
  id: v.string(),
  sequence: v.pipe(sequenceSchema, v.maxValue(MAX_SEQUENCE)),
  /** RFC 3339. */
  issued: v.string(),
  keys: v.pipe(keysSchema, v.minLength(1, "expected a key at least")),
  threshold: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  recovery: keysSchema,
});

export interface KeysStatementOptions {
  /** The program's id. */
  readonly id: string;
  readonly next: Keyring;
  /** RFC 3339. */
  readonly issued: string;
  readonly signer: Signer;
}

export function composeKeysStatement({ id, next, issued, signer }: KeysStatementOptions): Envelope {
  const payload = Buffer.from(JSON.stringify({ id, issued, ...writeKeyring(next) }));
  return signEnvelope({ payloadType: KEYS_STATEMENT, payload, signatures: [] }, signer);
}

/**
 * The keys that a statement introduces, as TUF's client does with a new root (specification 5.3): signed by the ones
 * that hold.
 *
 * A recovery key may replace all of them, at any later multiple of {@link RECOVERY_STEP}, so that neither a lost key nor
 * a stolen one is the end. The keys that sign releases may replace only themselves, and only by the next number: whoever steals one can
 * neither take the recovery keys away nor use up the numbers (TUF's fast-forward attack).
 *
 * @param named the number by which the statement was found. @throws AppError `bad-data`.
 */
export function acceptKeys(
  current: Keyring,
  envelope: Envelope,
  { id, named }: { readonly id: string; readonly named: number },
): Keyring {
  const what = `the statement about keys ${named}`;
  const expected = { payloadType: KEYS_STATEMENT, what };
  const byRecovery = signersOf(envelope, current.recovery).length > 0;
  const value = byRecovery ? readUnverified(envelope, expected) : openEnvelope(envelope, current, expected).value;
  const statement = parseValueAs(statementSchema, value, what);
  const refuse = (why: string): AppError => new AppError("bad-data", `${what} ${why}`);
  if (statement.id !== id) throw refuse(`is about ${statement.id}, not ${id}`);
  if (statement.sequence !== named) throw refuse(`says that it is ${statement.sequence}`);
  if (named <= current.sequence) throw refuse(`is not newer than ${current.sequence}, which holds`);
  const next = readKeys(statement);
  // The same key twice is one, of which two signatures would never come.
  const different = new Set(next.keys.map((key) => key.id)).size;
  if (next.threshold > different) throw refuse(`wants ${next.threshold} signatures of ${different} keys`);
  if (byRecovery) {
    if (named % RECOVERY_STEP === 0) return next;
    throw refuse(`is signed by a recovery key, and its number is no multiple of ${RECOVERY_STEP}`);
  }
  if (named !== current.sequence + 1) throw refuse(`does not follow ${current.sequence}, which holds`);
  if (!isSame(next.recovery, current.recovery)) throw refuse("changes recovery keys without being signed by one");
  return next;
}

/** Whether a statement is one that only a recovery key can have made. */
export function isByRecovery(current: Keyring, envelope: Envelope): boolean {
  return signersOf(envelope, current.recovery).length > 0;
}

function readKeys(written: WrittenKeyring): Keyring {
  try {
    return parseKeyring(written);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new AppError("bad-data", `the statement about keys ${written.sequence}: ${cause.message}`, { cause });
  }
}

function isSame(a: readonly PublicKey[], b: readonly PublicKey[]): boolean {
  return idsOf(a).join() === idsOf(b).join();
}

function idsOf(keys: readonly PublicKey[]): string[] {
  return [...new Set(keys.map(({ id }) => id))].sort();
}
