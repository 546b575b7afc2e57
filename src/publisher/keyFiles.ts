import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError, diskError } from "../errors.ts";
import { keepSecret } from "../redact.ts";
import type { WrittenKeyPair } from "../trust/privateKey.ts";
import type { KeyKind } from "../trust/publicKey.ts";
import type { CommandContext } from "./command.ts";
import { PASSPHRASE_VARIABLE } from "./signingKeys.ts";

// Whoever steals the file can try passphrases for as long as they like.
const SHORTEST = 8;

/** @throws AppError `usage`. */
export function readKeyKind(text = "ed25519"): KeyKind {
  if (text === "ed25519" || text === "ecdsa-p256") return text;
  throw new AppError("usage", `there is no key type ${JSON.stringify(text)}`, {
    hint: "Choose from: ed25519, ecdsa-p256.",
  });
}

/** A key that is written over is lost. @throws AppError `cannot-create`. */
export function refuseExisting(base: string): void {
  const there = [`${base}.key`, `${base}.pub`].find((path) => existsSync(path));
  if (there === undefined) return;
  throw new AppError("cannot-create", `${there} exists, and is not written over`, {
    hint: "Move it away, or choose other names: --out NAME",
  });
}

/** The private half for its owner alone. @throws AppError `cannot-create`, `io`. */
export async function writeKeyPair(base: string, { privatePem, publicPem }: WrittenKeyPair): Promise<void> {
  try {
    await mkdir(dirname(base), { recursive: true });
    await writeFile(`${base}.key`, privatePem, { mode: 0o600, flag: "wx" });
    await writeFile(`${base}.pub`, publicPem, { flag: "wx" });
  } catch (error) {
    throw diskError(error, `${base}.key`);
  }
}

/** Asked twice, because nobody sees what they type. @throws AppError `usage`. */
export async function newPassphrase({ env, ask }: CommandContext): Promise<string> {
  const given = env[PASSPHRASE_VARIABLE];
  if (given !== undefined) return checkPassphrase(given);
  if (ask === undefined)
    throw new AppError("usage", "there is no terminal to ask for a passphrase at", {
      hint: `Put one into the environment variable ${PASSPHRASE_VARIABLE}, or leave the keys unencrypted: --no-passphrase`,
    });
  const passphrase = checkPassphrase(await ask("Passphrase for the new keys: ", { secret: true }));
  if (passphrase === (await ask("The same again: ", { secret: true }))) return passphrase;
  throw new AppError("usage", "that was not the same twice", { hint: "Nothing was made. Try again." });
}

function checkPassphrase(text: string): string {
  keepSecret(text);
  if (text.length >= SHORTEST) return text;
  throw new AppError("usage", `the passphrase is shorter than ${SHORTEST} characters`, {
    hint: "Choose a longer one; several words are easy to type. Or leave the keys unencrypted: --no-passphrase",
  });
}
