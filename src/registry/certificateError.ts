import type { Remedy } from "../errors.ts";
import { causeCode, causesOf } from "./causes.ts";
import { plain } from "./registryError.ts";

/** Why a connection failed, and what to do. */
export interface Explanation {
  readonly reason: string;
  readonly hint: string;
  readonly remedy?: Remedy;
}

/** Whether a certificate was refused because nobody who is trusted has signed it. */
export function isUnknownIssuer(error: unknown): boolean {
  return UNKNOWN_ISSUER.has(causeCode(error));
}

// OpenSSL's names (X509_V_ERR_...), as Node gives them.
const UNKNOWN_ISSUER: ReadonlyMap<string, string> = new Map([
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "it has signed itself"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "this computer does not know who signed it"],
  ["UNABLE_TO_GET_ISSUER_CERT", "this computer does not know who signed it"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "this computer does not know who signed it"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "this computer does not know who signed it"],
]);

/** Undefined when it was not the certificate of this host (`host:port`). */
export function explainCertificate(cause: unknown, host: string): Explanation | undefined {
  const code = causeCode(cause);
  const remedy = { kind: "trust-anyway", host } as const;
  const unknown = UNKNOWN_ISSUER.get(code);
  if (unknown !== undefined) {
    return {
      reason: `its certificate is not trusted: ${unknown} (${code})`,
      hint: "A company's own certificate, or that of a proxy that looks into connections, is named with: SSL_CERT_FILE=FILE",
      remedy: { kind: "trust-issuer", host },
    };
  }
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return {
        reason: `its certificate has expired (${code})`,
        hint: "Check this computer's clock, or tell whoever runs the server.",
        remedy,
      };
    case "CERT_NOT_YET_VALID":
      return {
        reason: `its certificate is not valid yet (${code})`,
        hint: "Check this computer's clock.",
        remedy,
      };
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return {
        reason: `its certificate is for another host (${code}): ${namesIn(cause)}`,
        hint: "Check the host's name; a network that wants you to log in first may be in between.",
        remedy,
      };
    default:
      if (!/CERT|CRL/.test(code)) return undefined;
      return {
        reason: `its certificate is not trusted (${code})`,
        hint: "Tell whoever runs the server.",
        remedy,
      };
  }
}

/** `DNS:a.example, DNS:b.example`, as Node gives them. */
function namesIn(cause: unknown): string {
  for (const error of causesOf(cause)) {
    const { cert } = error as { readonly cert?: { readonly subjectaltname?: unknown } };
    if (typeof cert?.subjectaltname === "string") return plain(cert.subjectaltname, 200);
  }
  return "it names none";
}
