import { AppError, unlessOfNoUse } from "../errors.ts";
import type { TaggedStorage } from "../oci/storage.ts";
import { fetchDocument } from "../trust/document.ts";
import type { Envelope } from "../trust/dsse.ts";
import { acceptKeys, isByRecovery, type Keyring, KEYS_STATEMENT, RECOVERY_STEP } from "../trust/keyring.ts";

export interface KeysQuestion {
  readonly tags: readonly string[];
  /** The program's id. */
  readonly id: string;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly signal?: AbortSignal | undefined;
  /** Told of each keyring on the way to the one that holds. */
  readonly onAccepted?: ((keyring: Keyring) => void) | undefined;
}

/** The tag of a statement about keys: they are never replaced, so that who missed some can go from one to the next. */
export function tagOfKeys(sequence: number): string {
  return `trust-${sequence}`;
}

/** The numbers that statements about keys may be under. */
export function numbersOfKeys(tags: readonly string[]): ReadonlySet<number> {
  return new Set(tags.flatMap((tag) => numberOfKeys(tag) ?? []));
}

function numberOfKeys(tag: string): number | undefined {
  return /^trust-[1-9]\d{0,5}$/.test(tag) ? Number(tag.slice("trust-".length)) : undefined;
}

// Whoever can write to the registry can add tags: a start follows so many at most, and the next one goes on.
const MAX_STATEMENTS = 16;

/** Whether {@link findKeys} may look at what is under the tag: what a recovery key may have signed, and what follows. */
export function mayLeadToKeys(tag: string, known: Keyring): boolean {
  const number = numberOfKeys(tag);
  if (number === undefined) return false;
  const isNext = number > known.sequence && number <= known.sequence + MAX_STATEMENTS;
  return isNext || number % RECOVERY_STEP <= MAX_STATEMENTS;
}

/**
 * The keys that hold by now: those that are known, or what the statements that were published since lead to (TUF 5.3).
 * A statement that cannot be accepted changes nothing. @throws AppError when the repository does not answer.
 */
export async function findKeys(source: TaggedStorage, known: Keyring, question: KeysQuestion): Promise<Keyring> {
  const numbers = numbersOfKeys(question.tags);
  // There are so few numbers for them that all are looked at: none hides behind what somebody else has put there.
  const forRecovery = [...numbers].filter((number) => number % RECOVERY_STEP === 0).sort((a, b) => b - a);
  const fetched = new Map<number, Promise<Envelope | undefined>>();
  const envelope = async (number: number): Promise<Envelope | undefined> => {
    const running = fetched.get(number) ?? fetchStatement(source, number, question);
    fetched.set(number, running);
    return await running;
  };

  /** What a recovery key has signed holds over everything that a stolen key may have said before. */
  const recover = async (current: Keyring): Promise<Keyring | undefined> => {
    if (current.recovery.length === 0) return undefined;
    const later = forRecovery.filter((number) => number > current.sequence);
    for (let start = 0; start < later.length; start += MAX_STATEMENTS) {
      const some = later.slice(start, start + MAX_STATEMENTS);
      const found = await Promise.all(some.map(async (number) => ({ number, statement: await envelope(number) })));
      for (const { number, statement } of found) {
        if (statement === undefined || !isByRecovery(current, statement)) continue;
        const next = accept(current, statement, number, question);
        if (next !== undefined) return next;
      }
    }
    return undefined;
  };

  let keyring = known;
  // The recovery keys that it introduces may have been needed since.
  for (let next = await recover(known); next !== undefined; next = await recover(next)) keyring = next;
  for (let followed = 0; followed < MAX_STATEMENTS && numbers.has(keyring.sequence + 1); followed += 1) {
    const number = keyring.sequence + 1;
    const found = await envelope(number);
    const next = found === undefined ? undefined : accept(keyring, found, number, question);
    if (next === undefined) break;
    keyring = next;
  }
  return keyring;
}

async function fetchStatement(
  source: TaggedStorage,
  number: number,
  { log, signal }: KeysQuestion,
): Promise<Envelope | undefined> {
  return await unlessOfNoUse(
    async () => await fetchDocument(source, tagOfKeys(number), { payloadType: KEYS_STATEMENT, signal }),
    (reason) => log("keys-refused", { sequence: number, error: reason.message }),
  );
}

function accept(
  current: Keyring,
  envelope: Envelope,
  named: number,
  { id, log, onAccepted }: KeysQuestion,
): Keyring | undefined {
  try {
    const next = acceptKeys(current, envelope, { id, named });
    log("keys-accepted", { sequence: named, keys: next.keys.map((key) => key.id) });
    onAccepted?.(next);
    return next;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log("keys-refused", { sequence: named, error: error.message });
    return undefined;
  }
}
