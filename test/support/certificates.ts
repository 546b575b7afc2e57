import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificates {
  /** Path of the authority's certificate, PEM. */
  readonly ca: string;
  /** Signed by the authority, for the names that were asked for; PEM texts. */
  readonly cert: string;
  readonly key: string;
}

/** An authority and a certificate of its, made by openssl for this test alone. */
export function makeCertificates(directory: string, names: readonly string[], days = 2): Certificates {
  mkdirSync(directory, { recursive: true });
  const path = (name: string): string => join(directory, name);
  const openssl = (...args: readonly string[]): void =>
    void execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test authority");
  openssl("req", ...key, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=test");
  const alternatives = names.map((name) => (/^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`));
  writeFileSync(path("leaf.ext"), `subjectAltName=${alternatives.join(",")}\n`);
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", String(days)];
  openssl("x509", "-req", "-in", "leaf.csr", ...signing, "-extfile", "leaf.ext", "-out", "leaf.pem");
  return {
    ca: path("ca.pem"),
    cert: readFileSync(path("leaf.pem"), "utf8"),
    key: readFileSync(path("leaf.key"), "utf8"),
  };
}

/** A certificate that vouches for itself, with an RSA key. @returns the paths of both, PEM. */
export function makeSelfSigned(
  directory: string,
  subject: string,
  extensions: readonly string[] = [],
): { readonly certificate: string; readonly key: string } {
  const [key, certificate] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", subject];
  const more = extensions.flatMap((extension) => ["-addext", extension]);
  const args = ["req", ...kind, ...more, "-keyout", key, "-out", certificate];
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  return { certificate, key };
}
