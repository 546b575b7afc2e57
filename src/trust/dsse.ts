import * as v from "valibot";
import { AppError } from "../errors.ts";
import { parseJson, parseJsonAs } from "../oci/parse.ts";
import type { PublicKey } from "./publicKey.ts";

/**
 * A Dead Simple Signing Envelope: bytes, what they are, and who signed them
 * (https://github.com/secure-systems-lab/dsse, envelope.md and protocol.md).
 */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly Signature[];
}

export interface Signature {
  /** {@link PublicKey.id}; a hint, which nothing is believed for. */
  readonly keyid: string;
  readonly sig: Uint8Array;
}

/** Whoever holds a private key. */
export interface Signer {
  readonly publicKey: PublicKey;
  sign(bytes: Uint8Array): Uint8Array;
}

/** How many of which keys have to agree. */
export interface Quorum {
  readonly keys: readonly PublicKey[];
  /** How many different keys. */
  readonly threshold: number;
}

// An honest envelope has one signature, or two. Each that is tried costs time.
const MAX_SIGNATURES = 16;
/** Of an envelope as JSON, in bytes: a channel document with hundreds of releases fits. */
export const MAX_ENVELOPE_BYTES = 512 * 1024;

const base64Schema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/_-]*={0,2}$/, "expected base64"));
const envelopeSchema = v.object({
  // It is shown where it is not the expected one.
  payloadType: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,256}$/, "expected a media type")),
  payload: base64Schema,
  signatures: v.pipe(
    v.array(v.object({ keyid: v.optional(v.pipe(v.string(), v.maxLength(256)), ""), sig: base64Schema })),
    v.maxLength(MAX_SIGNATURES, `expected ${MAX_SIGNATURES} signatures at most`),
  ),
});

/** @param what names it in errors. @throws AppError `bad-data`. */
export function parseEnvelope(bytes: Uint8Array, what: string): Envelope {
  if (bytes.byteLength > MAX_ENVELOPE_BYTES) {
    throw new AppError("bad-data", `${what}: ${bytes.byteLength} bytes is more than the ${MAX_ENVELOPE_BYTES} allowed`);
  }
  const { payloadType, payload, signatures } = parseJsonAs(envelopeSchema, bytes, what);
  return {
    payloadType,
    payload: Buffer.from(payload, "base64"),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: Buffer.from(sig, "base64") })),
  };
}

export function encodeEnvelope({ payloadType, payload, signatures }: Envelope): string {
  return JSON.stringify({
    payloadType,
    payload: Buffer.from(payload).toString("base64"),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: Buffer.from(sig).toString("base64") })),
  });
}

/** What is signed: the type too, so that no statement is ever taken for one of another kind (DSSE protocol.md "PAE"). */
function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, "utf8");
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.byteLength} ${payloadType} ${payload.byteLength} `), payload]);
}

/** Adds a signature; one that the same key made before is replaced. */
export function signEnvelope(envelope: Envelope, signer: Signer): Envelope {
  const { id } = signer.publicKey;
  const sig = signer.sign(preAuthenticationEncoding(envelope.payloadType, envelope.payload));
  return { ...envelope, signatures: [...envelope.signatures.filter(({ keyid }) => keyid !== id), { keyid: id, sig }] };
}

/** Which of the keys have signed it. The same key counts once, however often it did. */
export function signersOf(envelope: Envelope, keys: readonly PublicKey[]): PublicKey[] {
  const bytes = preAuthenticationEncoding(envelope.payloadType, envelope.payload);
  const distinct = new Map(keys.map((key) => [key.id, key]));
  return [...distinct.values()].filter((key) => envelope.signatures.some(({ sig }) => key.verify(bytes, sig)));
}

/**
 * The payload as JSON, which nobody gets to see before enough keys have signed it.
 *
 * @param expected its type and what names it in errors. @throws AppError `bad-data`.
 */
export function openEnvelope(
  envelope: Envelope,
  { keys, threshold }: Quorum,
  expected: { readonly payloadType: string; readonly what: string },
): { readonly value: unknown; readonly signers: readonly PublicKey[] } {
  checkType(envelope, expected);
  const signers = signersOf(envelope, keys);
  // Nothing is signed by nobody, whatever somebody set the threshold to.
  const needed = Math.max(1, threshold);
  if (signers.length < needed) throw notSigned(expected.what, signers.length, needed);
  return { value: readPayload(envelope, expected.what), signers };
}

/** The same where nobody said who is to be believed. @throws AppError `bad-data`. */
export function readUnverified(
  envelope: Envelope,
  expected: { readonly payloadType: string; readonly what: string },
): unknown {
  checkType(envelope, expected);
  return readPayload(envelope, expected.what);
}

function checkType({ payloadType }: Envelope, expected: { readonly payloadType: string; readonly what: string }): void {
  if (payloadType === expected.payloadType) return;
  throw new AppError("bad-data", `${expected.what}: expected ${expected.payloadType}, got ${payloadType}`);
}

function readPayload({ payload }: Envelope, what: string): unknown {
  return parseJson(payload, what);
}

function notSigned(what: string, found: number, needed: number): AppError {
  const by = needed === 1 ? "a key that is trusted" : `${needed} keys that are trusted`;
  return new AppError("bad-data", `${what} is not signed by ${by}${found === 0 ? "" : ` (only by ${found})`}`, {
    remedy: { kind: "sign-release" },
  });
}
