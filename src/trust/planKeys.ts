import { AppError } from "../errors.ts";
import { type Keyring, MAX_SEQUENCE, RECOVERY_STEP } from "./keyring.ts";
import type { PublicKey } from "./publicKey.ts";

export interface KeyChange {
  /** Of the statement: see {@link nextNumber}. */
  readonly sequence: number;
  readonly introduced: readonly PublicKey[];
  /** Whether those that hold stay good beside them. */
  readonly keepOld: boolean;
  /** How many have to sign from now on; undefined: as many as before. */
  readonly threshold: number | undefined;
  /** None: those that hold. */
  readonly recovery: readonly PublicKey[];
}

/** The keys that are to hold next. @throws AppError `usage` where fewer would be left than have to sign. */
export function planKeys(current: Keyring, change: KeyChange): Keyring {
  const { sequence, introduced, keepOld, recovery } = change;
  const all = [...introduced, ...(keepOld ? current.keys : [])];
  const keys = [...new Map(all.map((key) => [key.id, key])).values()];
  const threshold = change.threshold ?? current.threshold;
  if (threshold > keys.length)
    throw new AppError("usage", `${threshold} keys have to sign, and there would be ${keys.length}`, {
      hint: `Introduce as many as are needed: --new FILE.pub for each. Or let fewer be enough: --threshold ${keys.length}`,
    });
  return { sequence, keys, threshold, recovery: recovery.length > 0 ? recovery : current.recovery };
}

export interface NumberQuestion {
  readonly byRecovery: boolean;
  /** Numbers that some tag has, whoever put it there. */
  readonly used: ReadonlySet<number>;
  /** The number that somebody asked for. */
  readonly asked: number | undefined;
}

/**
 * The number of the next statement. A recovery key's goes far ahead: computers may have taken statements of a thief that
 * are not to be seen any more. @throws AppError `usage`, `bad-data`.
 */
export function nextNumber({ sequence }: Keyring, { byRecovery, used, asked }: NumberQuestion): number {
  if (!byRecovery) {
    if (asked === undefined) return sequence + 1;
    throw new AppError("usage", "only a recovery key's statement can have a number of its own", {
      hint: "Leave --sequence away, or sign with a recovery key.",
    });
  }
  if (asked !== undefined) {
    if (asked % RECOVERY_STEP === 0 && asked > sequence && asked <= MAX_SEQUENCE) return asked;
    throw new AppError("usage", `a recovery key's statement cannot have the number ${asked} here`, {
      hint: `Name a multiple of ${RECOVERY_STEP} above ${sequence} and below ${MAX_SEQUENCE + 1}.`,
    });
  }
  for (let next = after(sequence); next <= MAX_SEQUENCE; next += RECOVERY_STEP) if (!used.has(next)) return next;
  throw new AppError("bad-data", "every number that a recovery key's statement can have is taken", {
    hint: `What is there cannot be yours. Delete such a tag (trust-${after(sequence)} ...) from the registry, or write over it: --sequence ${after(sequence)}`,
  });
}

function after(sequence: number): number {
  return (Math.floor(sequence / RECOVERY_STEP) + 1) * RECOVERY_STEP;
}
