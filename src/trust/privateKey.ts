import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  scryptSync,
  sign as signBytes,
} from "node:crypto";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import * as v from "valibot";
import { AppError } from "../errors.ts";
import { parseJsonAs } from "../oci/parse.ts";
import type { Signer } from "./dsse.ts";
import { fromKeyObject, type KeyKind } from "./publicKey.ts";

/** A key pair as files: the private half may be encrypted, the public one is for everybody. */
export interface WrittenKeyPair {
  readonly privatePem: string;
  readonly publicPem: string;
  readonly id: string;
}

/** PKCS#8 (RFC 5958) in PEM; with a passphrase encrypted with AES-256 (RFC 8018, PBES2), as `openssl pkcs8` does. */
export function generateKeyPair(kind: KeyKind, passphrase: string | undefined): WrittenKeyPair {
  const { privateKey, publicKey } =
    kind === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { pem, id } = fromKeyObject(publicKey);
  const encryption = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  return {
    privatePem: privateKey.export({ type: "pkcs8", format: "pem", ...encryption }).toString(),
    publicPem: `${pem}\n`,
    id,
  };
}

export interface ReadingKey {
  /** Where it is, for errors. */
  readonly source: string;
  /** Asked only for a key that is encrypted. */
  readonly passphrase: () => Promise<string>;
}

/**
 * Opens a private key: PKCS#8, SEC 1 (`openssl ecparam`), or a file of cosign's.
 *
 * @throws AppError `config`, `not-allowed` for a wrong passphrase. No error holds anything of the key.
 */
export async function openPrivateKey(text: string, options: ReadingKey): Promise<Signer> {
  if (COSIGN_KEY.test(text)) return signerOf(await openCosignKey(text, options));
  const { source, passphrase } = options;
  if (/-----BEGIN PUBLIC KEY-----/.test(text))
    throw new AppError("config", `${source} is a public key; to sign, the private one is needed`);
  if (!/-----BEGIN (?:ENCRYPTED |EC )?PRIVATE KEY-----/.test(text)) throw noKey(source);
  const encrypted = /ENCRYPTED/.test(text);
  const secret = encrypted ? await passphrase() : undefined;
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: text, format: "pem", ...(secret === undefined ? {} : { passphrase: secret }) });
  } catch {
    // OpenSSL's words say nothing to anybody, and what it was given must not be in them.
    throw encrypted ? wrongPassphrase(source) : noKey(source);
  }
  return signerOf(key);
}

function signerOf(key: KeyObject): Signer {
  const publicKey = fromKeyObject(createPublicKey(key));
  return {
    publicKey,
    sign: (bytes) =>
      publicKey.kind === "ed25519"
        ? signBytes(null, bytes, key)
        : signBytes("sha256", bytes, { key, dsaEncoding: "der" }),
  };
}

// Both names that cosign has given it.
const COSIGN_KEY = /-----BEGIN ENCRYPTED (?:COSIGN|SIGSTORE) PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/;

const base64 = v.pipe(
  v.string(),
  v.transform((text) => Buffer.from(text, "base64")),
);
const atMost = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
/** go-securesystemslib encrypted/encrypted.go: scrypt, then NaCl's secretbox, over a PKCS#8 key. */
const cosignSchema = v.object({
  kdf: v.object({
    name: v.literal("scrypt"),
    params: v.object({
      // RFC 7914 section 2: a power of two, and more than one.
      N: v.pipe(
        atMost(1 << 20),
        v.check((cost) => cost > 1 && Number.isInteger(Math.log2(cost))),
      ),
      r: atMost(64),
      p: atMost(16),
    }),
    salt: base64,
  }),
  cipher: v.object({ name: v.literal("nacl/secretbox"), nonce: base64 }),
  ciphertext: base64,
});

async function openCosignKey(text: string, { source, passphrase }: ReadingKey): Promise<KeyObject> {
  const { kdf, cipher, ciphertext } = readCosignKey(text, source);
  const { N, r, p } = kdf.params;
  const secret = scryptSync(await passphrase(), kdf.salt, 32, { N, r, p, maxmem: 256 * N * r });
  try {
    const der = xsalsa20poly1305(secret, cipher.nonce).decrypt(ciphertext);
    return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  } catch {
    throw wrongPassphrase(source);
  }
}

function readCosignKey(text: string, source: string): v.InferOutput<typeof cosignSchema> {
  const [, body = ""] = COSIGN_KEY.exec(text) ?? [];
  try {
    return parseJsonAs(cosignSchema, Buffer.from(body, "base64"), source);
  } catch {
    // What the reader of JSON says begins with what it was given.
    throw noKey(source);
  }
}

function noKey(source: string): AppError {
  return new AppError("config", `${source} is no private key`, {
    hint: 'A private key is a PEM text, such as "-----BEGIN ENCRYPTED PRIVATE KEY-----"; slipway keygen makes one.',
  });
}

function wrongPassphrase(source: string): AppError {
  return new AppError("not-allowed", `the passphrase does not open ${source}`, {
    hint: "Try again; in CI it is taken from SLIPWAY_KEY_PASSPHRASE.",
  });
}
