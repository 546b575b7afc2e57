import { describe, expect, test } from "vitest";
import {
  encodeEnvelope,
  type Envelope,
  MAX_ENVELOPE_BYTES,
  openEnvelope,
  parseEnvelope,
  readUnverified,
  signEnvelope,
  type Signer,
  signersOf,
} from "../../../src/trust/dsse.ts";
import { parsePublicKey } from "../../../src/trust/publicKey.ts";
import { makeKey } from "../../support/keys.ts";

const payloadType = "application/vnd.example+json";
const expected = { payloadType, what: "the note" };
const unsigned: Envelope = { payloadType, payload: Buffer.from('{"a":1}'), signatures: [] };

const [one, two, three] = await Promise.all([makeKey(), makeKey("ecdsa-p256"), makeKey()]);
const keysOf = (...signers: Signer[]) => signers.map(({ publicKey }) => publicKey);
const signedBy = (...signers: Signer[]): Envelope => signers.reduce(signEnvelope, unsigned);
const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const refused = (message: string) =>
  expect.objectContaining({ code: "bad-data", message: expect.stringContaining(message) });

/** DSSE protocol.md "Test Vectors"; the signature is written there as two numbers, here as ASN.1, as we and cosign do. */
const VECTOR = {
  key: `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ805D3eqNZywjCI19lInBJOp7YMr
CrzAH3CVTAOQ0jgMeCvVTiaRJaRPRDOv8UMs6U4SvKc6pnrIDOoSYI3fdA==
-----END PUBLIC KEY-----`,
  envelope: {
    payload: "aGVsbG8gd29ybGQ=",
    payloadType: "http://example.com/HelloWorld",
    signatures: [
      { sig: "MEQCIANyarEBrVbCdjtsaqyOSHJ14qeRk6CdxfhZ2fjvPEo7AiBR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==" },
    ],
  },
};

describe("what is signed", () => {
  test("is what the specification's example signs", () => {
    const envelope = parseEnvelope(encode(VECTOR.envelope), "it");
    const key = parsePublicKey(VECTOR.key);
    expect(signersOf(envelope, [key])).toEqual([key]);
    expect(signersOf({ ...envelope, payload: Buffer.from("hello worlD") }, [key])).toEqual([]);
  });

  test("is the type and the payload, each with its length in bytes", async () => {
    const signed: string[] = [];
    const signer: Signer = { ...one, sign: (bytes) => (signed.push(Buffer.from(bytes).toString()), one.sign(bytes)) };
    signEnvelope({ payloadType: "ü", payload: Buffer.from("ö€"), signatures: [] }, signer);
    signEnvelope({ payloadType: "", payload: Buffer.alloc(0), signatures: [] }, signer);
    expect(signed).toEqual(["DSSEv1 2 ü 5 ö€", "DSSEv1 0  0 "]);
  });

  test("is not the same for another type", () => {
    const other = { ...signedBy(one), payloadType: "application/vnd.other+json" };
    expect(signersOf(other, keysOf(one))).toEqual([]);
    expect(() =>
      openEnvelope(signedBy(one), { keys: keysOf(one), threshold: 1 }, { ...expected, payloadType: "x/y" }),
    ).toThrow(refused("the note: expected x/y, got application/vnd.example+json"));
  });
});

describe("a threshold", () => {
  const quorum = (threshold: number) => ({ keys: keysOf(one, two, three), threshold });

  test("is met by as many different keys", () => {
    const opened = openEnvelope(signedBy(one, two), quorum(2), expected);
    expect(opened).toEqual({ value: { a: 1 }, signers: keysOf(one, two) });
  });

  test("is not met by fewer, and says how many there are", () => {
    expect(() => openEnvelope(signedBy(one), quorum(2), expected)).toThrow(
      refused("the note is not signed by 2 keys that are trusted (only by 1)"),
    );
    expect(() => openEnvelope(unsigned, quorum(1), expected)).toThrow(
      refused("the note is not signed by a key that is trusted"),
    );
  });

  test("counts a key once that has signed twice, or stands there twice", () => {
    const { signatures } = signedBy(two);
    const [again] = signEnvelope(unsigned, two).signatures;
    if (again === undefined) throw new Error("nothing was signed");
    // Another signature of the same key, under another name.
    const twice = { ...unsigned, signatures: [...signatures, { ...again, keyid: one.publicKey.id }] };
    expect(signersOf(twice, keysOf(one, two))).toEqual(keysOf(two));
    const same = { keys: [...keysOf(two), parsePublicKey(two.publicKey.pem)], threshold: 2 };
    expect(() => openEnvelope(twice, same, expected)).toThrow(refused("only by 1"));
  });

  test.each([0, -1])("of %s is not met by nobody", (threshold) => {
    expect(() => openEnvelope(unsigned, quorum(threshold), expected)).toThrow(refused("is not signed"));
  });

  test("is not met by strangers", () => {
    expect(() => openEnvelope(signedBy(two, three), { keys: keysOf(one), threshold: 1 }, expected)).toThrow(
      refused("is not signed by a key that is trusted"),
    );
  });
});

test("a key's name in the envelope is believed for nothing", () => {
  const { signatures } = signedBy(two);
  const named = (keyid: string): Envelope => ({
    ...unsigned,
    signatures: signatures.map(({ sig }) => ({ keyid, sig })),
  });
  expect(signersOf(named(one.publicKey.id), keysOf(one))).toEqual([]);
  expect(signersOf(named("somebody"), keysOf(one, two))).toEqual(keysOf(two));
  expect(signersOf(named(""), keysOf(one, two))).toEqual(keysOf(two));
});

test("whoever signs again replaces their own signature, and nobody else's", () => {
  const envelope = signEnvelope(signedBy(one, two), one);
  expect(envelope.signatures.map(({ keyid }) => keyid)).toEqual([two.publicKey.id, one.publicKey.id]);
});

describe("an envelope as text", () => {
  test("is read as it was written", () => {
    const envelope = signedBy(one, two);
    expect(parseEnvelope(Buffer.from(encodeEnvelope(envelope)), "it")).toEqual(envelope);
  });

  test("may have the alphabet of addresses in its base64 (DSSE envelope.md), and none of the padding", () => {
    const payload = Buffer.from([0xfb, 0xef, 0xff, 0xfe, 0x3f]);
    const envelope = signEnvelope({ ...unsigned, payload }, one);
    const [signature] = envelope.signatures;
    const text = encode({
      payloadType,
      payload: payload.toString("base64url"),
      signatures: [{ keyid: "", sig: Buffer.from(signature?.sig ?? []).toString("base64url") }],
    });
    expect(text.toString()).toMatch(/[-_]/);
    const read = parseEnvelope(text, "it");
    expect(read.payload).toEqual(payload);
    expect(signersOf(read, keysOf(one))).toEqual(keysOf(one));
  });

  const good = { payloadType, payload: "e30=", signatures: [{ sig: "AAAA" }] };

  test.each([
    ["no JSON", Buffer.from("{"), "it: not JSON"],
    ["no payload", encode({ ...good, payload: undefined }), "it: payload is missing"],
    ["a payload that is no base64", encode({ ...good, payload: "{}" }), "it: payload: expected base64"],
    ["a signature that is no base64", encode({ ...good, signatures: [{ sig: "a b" }] }), "expected base64"],
    ["a type without end", encode({ ...good, payloadType: "x".repeat(257) }), "it: payloadType"],
    [
      "more signatures than anybody needs",
      encode({ ...good, signatures: Array.from({ length: 17 }, () => ({ sig: "AAAA" })) }),
      "it: signatures: expected 16 signatures at most",
    ],
    ["more bytes than anybody needs", Buffer.alloc(MAX_ENVELOPE_BYTES + 1, " "), "bytes is more than the"],
  ])("with %s is refused", (_, bytes, message) => {
    expect(() => parseEnvelope(bytes, "it")).toThrow(refused(message));
  });

  test("may be as long, and have as many signatures, as that", () => {
    const text = JSON.stringify({ ...good, signatures: Array.from({ length: 16 }, () => ({ sig: "AAAA" })) });
    expect(parseEnvelope(Buffer.from(text.padEnd(MAX_ENVELOPE_BYTES)), "it").signatures).toHaveLength(16);
  });
});

test("a payload that is no JSON is refused, signed or not", () => {
  const envelope = signEnvelope({ ...unsigned, payload: Buffer.from("a=1") }, one);
  expect(() => openEnvelope(envelope, { keys: keysOf(one), threshold: 1 }, expected)).toThrow(
    refused("the note: not JSON"),
  );
  expect(() => readUnverified(envelope, expected)).toThrow(refused("the note: not JSON"));
  expect(readUnverified(unsigned, expected)).toEqual({ a: 1 });
});
