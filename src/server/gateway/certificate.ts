import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { AppError, diskError } from "../../errors.ts";
import { keepSecret } from "../../redact.ts";

export interface CertificateFiles {
  /** PEM, with what signed it. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

/** What a TLS server needs, as it lies on disk. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate that is replaced while the server runs, as it is every few weeks. */
export interface CertificateWatch {
  readonly current: Certificate;
  /** Reads the files again if they have changed, or in any case. @throws AppError when they are of no use; `current` stays. */
  reload(options: { readonly onlyChanged: boolean }): Promise<Certificate | undefined>;
}

/** @throws AppError `config`, or what the disk says. */
export async function openCertificate(files: CertificateFiles): Promise<CertificateWatch> {
  let current = await readCertificate(files);
  let seen = await stampOf(files);
  return {
    get current() {
      return current;
    },
    async reload({ onlyChanged }) {
      const stamp = await stampOf(files);
      if (onlyChanged && stamp === seen) return undefined;
      // Before it is known to be of use: one that is not is told of once, and not every minute.
      seen = stamp;
      current = await readCertificate(files);
      return current;
    },
  };
}

async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([read(files.certificate), read(files.key)]);
  keepSecret(key.toString("latin1"));
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("config", `${files.certificate} and ${files.key} are no certificate with its key: ${reason}`, {
      hint: "Both have to be PEM, the key without a passphrase, and the certificate made for that key.",
      cause,
    });
  }
  return { cert, key };
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const told = diskError(error, path);
    if (told instanceof AppError) throw told;
    throw new AppError("not-found", `${path} cannot be read`, {
      hint: "Name the files of the certificate.",
      cause: error,
    });
  }
}

/** Changes with the files, also when a link to them is turned to others. */
async function stampOf({ certificate, key }: CertificateFiles): Promise<string> {
  const stats = await Promise.all([certificate, key].map(async (path) => await stat(path).catch(() => undefined)));
  return stats.map((found) => [found?.ino, found?.size, found?.mtimeMs].join(" ")).join(" ");
}
