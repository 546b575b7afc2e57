import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { AppError, formatError } from "../../../src/errors.ts";
import { generateKeyPair, openPrivateKey } from "../../../src/trust/privateKey.ts";
import { parsePublicKey } from "../../../src/trust/publicKey.ts";
import { COSIGN_KEY, COSIGN_PASSWORD, COSIGN_PUB } from "../../support/keys.ts";

const text = Buffer.from("what is signed");
const PASSPHRASE = "correct horse battery";
const HEADER = "ENCRYPTED SIGSTORE PRIVATE KEY";

const withPassphrase = (passphrase: string) => ({ source: "slipway.key", passphrase: async () => passphrase });
const unasked = {
  source: "slipway.key",
  passphrase: async (): Promise<string> => {
    throw new Error("nobody was to be asked");
  },
};

/** The error, and all of it that anybody might print. */
async function refusal(opening: Promise<unknown>): Promise<{ error: AppError; told: string }> {
  const error: unknown = await opening.catch((reason: unknown) => reason);
  if (!(error instanceof AppError)) throw new Error(`not refused: ${String(error)}`);
  return { error, told: [formatError(error), error.stack, JSON.stringify(error), String(error.cause)].join("\n") };
}

describe("a key pair that is made here", () => {
  test.each(["ed25519", "ecdsa-p256"] as const)("of the kind %s is opened again, and signs", async (kind) => {
    const { privatePem, publicPem, id } = generateKeyPair(kind, undefined);
    const signer = await openPrivateKey(privatePem, unasked);
    expect(signer.publicKey).toMatchObject({ kind, id });
    expect(parsePublicKey(publicPem).verify(text, signer.sign(text))).toBe(true);
  });

  test.each(["ed25519", "ecdsa-p256"] as const)("of the kind %s opens with its passphrase alone", async (kind) => {
    const { privatePem, id } = generateKeyPair(kind, PASSPHRASE);
    expect(privatePem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    expect((await openPrivateKey(privatePem, withPassphrase(PASSPHRASE))).publicKey.id).toBe(id);
    const { error, told } = await refusal(openPrivateKey(privatePem, withPassphrase("hunter2 hunter2")));
    expect(error).toMatchObject({ code: "not-allowed", message: "the passphrase does not open slipway.key" });
    expect(told).not.toContain("hunter2");
    expect(told).not.toContain(privatePem.split("\n")[1]);
  });

  test("is never the same twice", () => {
    expect(generateKeyPair("ed25519", undefined).id).not.toBe(generateKeyPair("ed25519", undefined).id);
  });
});

test("a key of OpenSSL's older kind (SEC 1) signs", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "sec1", format: "pem" }).toString();
  expect(pem).toContain("BEGIN EC PRIVATE KEY");
  const signer = await openPrivateKey(pem, unasked);
  const own = parsePublicKey(publicKey.export({ type: "spki", format: "pem" }).toString());
  expect(own.verify(text, signer.sign(text))).toBe(true);
});

describe("a key file of cosign's", () => {
  test("opens with its password, and is the other half of cosign.pub", async () => {
    const signer = await openPrivateKey(COSIGN_KEY, withPassphrase(COSIGN_PASSWORD));
    const key = parsePublicKey(COSIGN_PUB);
    expect(signer.publicKey).toMatchObject({ kind: "ecdsa-p256", id: key.id });
    expect(key.verify(text, signer.sign(text))).toBe(true);
  });

  test("has had another name, under which it opens too", async () => {
    const older = COSIGN_KEY.replaceAll("SIGSTORE", "COSIGN");
    const signer = await openPrivateKey(older, withPassphrase(COSIGN_PASSWORD));
    expect(signer.publicKey.id).toBe(parsePublicKey(COSIGN_PUB).id);
  });

  test("does not open with another password, which no error tells", async () => {
    const { error, told } = await refusal(openPrivateKey(COSIGN_KEY, withPassphrase("hunter2 hunter2")));
    expect(error).toMatchObject({ code: "not-allowed", message: "the passphrase does not open slipway.key" });
    expect(told).not.toContain("hunter2");
  });

  const content = JSON.parse(Buffer.from(COSIGN_KEY.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64").toString());
  const { kdf } = content;

  test.each([
    ["is no JSON", "a secret in the wrong place"],
    ["has no key in it", "{}"],
    ["wants more work than any honest one", { ...content, kdf: { ...kdf, params: { N: 2 ** 24, r: 8, p: 1 } } }],
    ["wants work that there is no such amount of", { ...content, kdf: { ...kdf, params: { N: 1000, r: 8, p: 1 } } }],
    ["wants half a round", { ...content, kdf: { ...kdf, params: { N: 65_536, r: 8, p: 0.5 } } }],
    ["has another cipher", { ...content, cipher: { ...content.cipher, name: "rot13" } }],
  ])("that %s is no private key, and nothing of it is told", async (_, value) => {
    const body = Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64");
    const pem = `-----BEGIN ${HEADER}-----\n${body}\n-----END ${HEADER}-----\n`;
    const { error, told } = await refusal(openPrivateKey(pem, withPassphrase(COSIGN_PASSWORD)));
    expect(error).toMatchObject({ code: "config", message: "slipway.key is no private key" });
    expect(told).not.toContain("secret");
  });
});

describe("what is no private key is refused without asking for a passphrase", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

  test.each([
    ["a public key", COSIGN_PUB, "slipway.key is a public key; to sign, the private one is needed"],
    ["any other text", "hello", "slipway.key is no private key"],
    [
      "a damaged PEM",
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      "slipway.key is no private key",
    ],
    ["RSA", rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "a key of the kind rsa cannot be used"],
  ])("%s", async (_, pem, message) => {
    const { error } = await refusal(openPrivateKey(pem, unasked));
    expect(error).toMatchObject({ code: "config", message });
  });
});
