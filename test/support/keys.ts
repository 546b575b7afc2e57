import type { Signer } from "../../src/trust/dsse.ts";
import { generateKeyPair, openPrivateKey } from "../../src/trust/privateKey.ts";
import type { KeyKind } from "../../src/trust/publicKey.ts";

/** A new key, ready to sign. */
export async function makeKey(kind: KeyKind = "ed25519"): Promise<Signer> {
  return await openPrivateKey(generateKeyPair(kind, undefined).privatePem, {
    source: "a new key",
    passphrase: async () => "",
  });
}

/** A key pair of `cosign generate-key-pair` (3.1.3), for ever the same. */
export const COSIGN_PASSWORD = "a fixed passphrase";
export const COSIGN_KEY = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiJyTmdsU2pPYS8ycXJENHZuWGp2Rm9FcGd6a2gyS1g3
Z09ZZ2pTcWFjNEM4PSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiI1Yy82OUJaYTRwTUZRUHFpaEUxdUpmYVBKV2JwZGVPWiJ9LCJj
aXBoZXJ0ZXh0IjoiZ0l3cFZsWkd4LzdHRzZyYi9vdGdCUmM4VjlhRklVODU2Qlh4
KzBNWVZVL1U4RTg3RlNRbWdMME9mdGc1dUhwejlPTk1sM3Jkd3hJUi9OMHhhK2Fj
S1ZLdmNQQWMzTHo1QjBGWDNpSC9FN2Z1c1M3NWlmTVRXLzNiK3FkZCsyS3BvdjBC
dU5vSU9CRmN6Nk9MN2tFVGZlcWVzMGF4ZDJrak02Q0tzMSt4eFhiRGN0UWw2dTkv
c2lHK1gvVzRTNkdWNkdKajZTVWc3MUltWEE9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
`;
export const COSIGN_PUB = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2Eqrm4RNLda95MsFjvOejJJFXuEo
mTm8rAlgCrrK7PouAeFCP2bRS5/N/cYXp59U4ToIalD5NsTPEU7dqcuprw==
-----END PUBLIC KEY-----
`;
