import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { AppError, systemCodeOf } from "../errors.ts";

/** Whose signatures on certificates count besides those that Node brings and the system trusts. */
export interface TrustSettings {
  /** PEM texts, asked for when a certificate is not trusted without them: reading a system's bundle takes 5 ms. */
  readonly ca?: () => readonly string[];
  /** Whether the certificate of this host (`host:port`) is taken as it is. */
  readonly insecure?: (host: string) => boolean;
}

const BLOCK = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g;

/** The certificates in a PEM file. @throws AppError `config` that names the file. */
export function readCertificates(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new AppError(
      "config",
      `the certificates in ${path} cannot be read (${systemCodeOf(cause) ?? String(cause)})`,
      {
        hint: "Name a file with certificates in PEM format.",
        cause,
      },
    );
  }
  const found = text.match(BLOCK) ?? [];
  if (found.some(isCertificate)) return [...found];
  throw new AppError("config", `${path} holds no certificate`, {
    hint: 'A certificate in PEM format begins with "-----BEGIN CERTIFICATE-----". To convert one: openssl x509 -inform der -in FILE',
  });
}

/** Those that the environment names; Node reads NODE_EXTRA_CA_CERTS by itself. What cannot be read is a warning. */
export function readEnvironmentCertificates(
  env: Readonly<Record<string, string | undefined>>,
  onWarning: (message: string) => void,
): string[] {
  const path = env["SSL_CERT_FILE"];
  if (path === undefined || path === "") return [];
  try {
    return readCertificates(path);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    onWarning(`SSL_CERT_FILE: ${error.message}`);
    return [];
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.byteLength > 0;
  } catch {
    return false;
  }
}
