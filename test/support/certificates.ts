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

/** Days from now. */
export interface Validity {
  readonly from: number;
  readonly until: number;
}

/** An authority and a certificate of its, made by openssl for this test alone. */
export function makeCertificates(
  directory: string,
  names: readonly string[],
  validity: Validity = { from: -1, until: 2 },
): Certificates {
  mkdirSync(directory, { recursive: true });
  const path = (name: string): string => join(directory, name);
  const openssl = (...args: readonly string[]): void =>
    void execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test authority");
  openssl("req", ...key, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=test");
  const alternatives = names.map((name) => (/^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`));
  writeFileSync(path("leaf.ext"), `subjectAltName=${alternatives.join(",")}\n`);
  writeFileSync(path("ca.cnf"), AUTHORITY);
  writeFileSync(path("index.txt"), "");
  const [from, until] = [validity.from, validity.until].map(formatDay);
  const signing = ["-batch", "-notext", "-config", "ca.cnf", "-startdate", from ?? "", "-enddate", until ?? ""];
  openssl("ca", ...signing, "-in", "leaf.csr", "-extfile", "leaf.ext", "-out", "leaf.pem");
  return {
    ca: path("ca.pem"),
    cert: readFileSync(path("leaf.pem"), "utf8"),
    key: readFileSync(path("leaf.key"), "utf8"),
  };
}

// What `openssl ca` wants to know, which alone can sign for another time than now.
const AUTHORITY = `[ca]
default_ca = authority
[authority]
database = index.txt
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
rand_serial = yes
policy = policy
[policy]
commonName = supplied
`;

/** YYYYMMDDHHMMSSZ. */
function formatDay(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, "");
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
