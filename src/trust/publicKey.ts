import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { AppError } from "../errors.ts";

/** Half of a key pair that everybody may have: it tells whether the other half made a signature. */
export interface PublicKey {
  /** sha256 of the key's SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), in hex: what cosign and in-toto call it. */
  readonly id: string;
  readonly kind: KeyKind;
  /** SubjectPublicKeyInfo as PEM (RFC 7468 section 13), always written the same way. */
  readonly pem: string;
  /** Whether the signature is this key's over these bytes. Never throws. */
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
}

export type KeyKind = "ed25519" | "ecdsa-p256";

// An honest one is 200 characters.
const MAX_PEM = 10_000;

/** @throws AppError `config` for what is no public key, or of a kind that is not used here. */
export function parsePublicKey(text: string): PublicKey {
  if (text.length > MAX_PEM || !/^\s*-----BEGIN PUBLIC KEY-----/.test(text)) throw noPublicKey(text);
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch (cause) {
    throw noPublicKey(text, cause);
  }
  return fromKeyObject(key);
}

/** The public half of a key that is at hand. @throws AppError `config` for a kind that is not used here. */
export function fromKeyObject(key: KeyObject): PublicKey {
  const kind = kindOf(key);
  return {
    id: createHash("sha256")
      .update(key.export({ type: "spki", format: "der" }))
      .digest("hex"),
    kind,
    pem: key.export({ type: "spki", format: "pem" }).toString().trim(),
    verify(bytes, signature) {
      try {
        return kind === "ed25519"
          ? verify(null, bytes, key, signature)
          : // As cosign and TLS have it: ASN.1, RFC 3279 section 2.2.3.
            verify("sha256", bytes, { key, dsaEncoding: "der" }, signature);
      } catch {
        // Some malformed signatures are an error to OpenSSL; here they are no signature.
        return false;
      }
    },
  };
}

/** The first twelve digits, for people. */
export function shortKey(id: string): string {
  return id.slice(0, 12);
}

function kindOf(key: KeyObject): KeyKind {
  if (key.asymmetricKeyType === "ed25519") return "ed25519";
  if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") return "ecdsa-p256";
  const kind = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? "unknown";
  throw new AppError("config", `a key of the kind ${kind} cannot be used`, {
    hint: "Use an Ed25519 or an ECDSA P-256 key; slipway keygen makes them.",
  });
}

function noPublicKey(text: string, cause?: unknown): AppError {
  const isPrivate = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(text);
  return new AppError("config", isPrivate ? "this is a private key, not a public one" : "this is no public key", {
    hint: isPrivate
      ? "Give the public half, and keep this one to yourself."
      : 'A public key is a PEM text that begins with "-----BEGIN PUBLIC KEY-----"; slipway keygen makes one.',
    cause,
  });
}
