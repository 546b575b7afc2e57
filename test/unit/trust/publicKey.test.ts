import { createHash, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parsePublicKey, shortKey } from "../../../src/trust/publicKey.ts";
import { COSIGN_PUB, makeKey } from "../../support/keys.ts";

const text = Buffer.from("what is signed");

describe("a public key", () => {
  test.each(["ed25519", "ecdsa-p256"] as const)(
    "of the kind %s verifies what its other half has signed",
    async (kind) => {
      const signer = await makeKey(kind);
      const key = parsePublicKey(signer.publicKey.pem);
      const signature = signer.sign(text);
      expect(key).toMatchObject({ kind, id: signer.publicKey.id });
      expect(key.verify(text, signature)).toBe(true);
      expect(key.verify(Buffer.from("what is signeD"), signature)).toBe(false);
      expect((await makeKey(kind)).publicKey.verify(text, signature)).toBe(false);
    },
  );

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["one byte", Buffer.from([0x30])],
    ["half of an ASN.1 sequence", Buffer.from("3045022100", "hex")],
    ["a length beyond its end", Buffer.from("3084ffffffff", "hex")],
    ["zeros", Buffer.alloc(64)],
  ])("finds %s to be no signature, and does not throw", async (_, signature) => {
    for (const kind of ["ed25519", "ecdsa-p256"] as const)
      expect((await makeKey(kind)).publicKey.verify(text, signature)).toBe(false);
  });

  test("has cosign's fingerprint as its id: the sha256 of its DER", () => {
    const der = Buffer.from(COSIGN_PUB.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64");
    const { id, kind } = parsePublicKey(COSIGN_PUB);
    expect(id).toBe(createHash("sha256").update(der).digest("hex"));
    expect(kind).toBe("ecdsa-p256");
    expect(shortKey(id)).toBe(id.slice(0, 12));
  });

  test("is written the same way however it came", () => {
    const { pem } = parsePublicKey(COSIGN_PUB);
    const [, body = ""] = COSIGN_PUB.split(/-----(?:BEGIN|END) PUBLIC KEY-----/);
    const onOneLine = `\n-----BEGIN PUBLIC KEY-----\r\n${body.replaceAll("\n", "")}\r\n-----END PUBLIC KEY-----`;
    expect(parsePublicKey(onOneLine).pem).toBe(pem);
    expect(parsePublicKey(pem).pem).toBe(pem);
  });
});

describe("what is no public key of use is refused", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });

  test.each([
    ["a word", "key", "this is no public key"],
    ["an empty PEM", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "this is no public key"],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "this is no public key"],
    ["a text without end", `${COSIGN_PUB}${"\n".repeat(10_000)}`, "this is no public key"],
    ["RSA", rsa.publicKey.export({ type: "spki", format: "pem" }).toString(), "a key of the kind rsa cannot be used"],
    ["another curve", p384.publicKey.export({ type: "spki", format: "pem" }).toString(), "a key of the kind secp384r1"],
  ])("%s", (_, pem, message) => {
    expect(() => parsePublicKey(pem)).toThrow(
      expect.objectContaining({ code: "config", message: expect.stringContaining(message) }),
    );
  });

  test("a private key, without a letter of it in the error", () => {
    const pem = p384.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const refused = expect.objectContaining({
      code: "config",
      message: "this is a private key, not a public one",
      hint: "Give the public half, and keep this one to yourself.",
    });
    expect(() => parsePublicKey(pem)).toThrow(refused);
  });
});
