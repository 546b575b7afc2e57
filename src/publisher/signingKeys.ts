import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import { keepSecret } from "../redact.ts";
import type { Signer } from "../trust/dsse.ts";
import { openPrivateKey } from "../trust/privateKey.ts";
import { parsePublicKey, type PublicKey } from "../trust/publicKey.ts";
import type { CommandContext } from "./command.ts";

/** What an encrypted key is opened with where nobody is there to be asked. */
export const PASSPHRASE_VARIABLE = "SLIPWAY_KEY_PASSPHRASE";

export const KEY_OPTIONS = { key: { type: "string", multiple: true } } as const;

export const KEY_HELP = `  --key FILE            the private key to sign with: a file, or env://NAME for what an environment
                        variable holds; again for each key that has to sign. Its passphrase is asked for,
                        or taken from ${PASSPHRASE_VARIABLE} (of cosign's keys, from COSIGN_PASSWORD too)`;

// An honest key is 1 kB.
const MAX_KEY_BYTES = 64 * 1024;

/** The private keys that were named. @throws AppError `config`, `not-found`, `not-allowed`. */
export async function openSigningKeys(names: readonly string[], context: CommandContext): Promise<Signer[]> {
  const signers: Signer[] = [];
  // One after the other: each may ask for a passphrase.
  for (const name of names) {
    const { source, text } = await readKey(name, context);
    const passphrase = async (): Promise<string> => await readPassphrase(source, context);
    signers.push(await openPrivateKey(text, { source, passphrase }));
  }
  return signers;
}

/** @throws AppError `usage` when nobody named one. */
export async function requireSigningKeys(
  names: readonly string[] | undefined,
  context: CommandContext,
): Promise<Signer[]> {
  if (names === undefined || names.length === 0)
    throw new AppError("usage", "no key to sign with", {
      hint: "Name one: --key slipway.key, or --key env://NAME. To make one: slipway keygen",
    });
  return await openSigningKeys(names, context);
}

/** Public keys, each once: PEM files, or environment variables. */
export async function openPublicKeys(names: readonly string[], context: CommandContext): Promise<PublicKey[]> {
  const keys = await Promise.all(
    names.map(async (name) => {
      const { source, text } = await readKey(name, context);
      try {
        return parsePublicKey(text);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        throw new AppError(error.code, `${source}: ${error.message}`, { hint: error.hint, cause: error });
      }
    }),
  );
  return [...new Map(keys.map((key) => [key.id, key])).values()];
}

async function readKey(name: string, { env, cwd }: CommandContext): Promise<{ source: string; text: string }> {
  const [, variable] = /^env:\/\/(.*)$/.exec(name) ?? [];
  if (variable !== undefined) {
    const text = env[variable];
    if (text !== undefined && text !== "") return { source: name, text };
    throw new AppError("not-found", `${name}: there is no environment variable ${variable}`, {
      hint: "It has to hold the key itself, as the PEM file has it.",
    });
  }
  const path = resolve(cwd, name);
  try {
    const bytes = await readFile(path);
    if (bytes.byteLength > MAX_KEY_BYTES) throw new AppError("config", `${name} is no key: it is too long for one`);
    return { source: name, text: bytes.toString("utf8") };
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT")
      throw new AppError("not-found", `there is no ${path}`, { hint: "To make a key: slipway keygen" });
    throw diskError(error, path);
  }
}

async function readPassphrase(source: string, { env, ask }: CommandContext): Promise<string> {
  const given = env[PASSPHRASE_VARIABLE] ?? env["COSIGN_PASSWORD"];
  const passphrase = given ?? (await ask?.(`Passphrase of ${source}: `, { secret: true }));
  if (passphrase !== undefined) {
    keepSecret(passphrase);
    return passphrase;
  }
  throw new AppError("usage", `${source} is encrypted, and there is no terminal to ask for its passphrase at`, {
    hint: `Put it into the environment variable ${PASSPHRASE_VARIABLE}.`,
  });
}
