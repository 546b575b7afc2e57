// What may not be shown: in errors, logs, windows and the arguments of other programs. A part of it is on the launch
// path.

/** The secrets that this process has in its hands, in each form in which one may come back. */
const known = new Set<string>();
// A shorter one would be taken out of every second sentence.
const SHORTEST = 6;

/**
 * Has nothing that this process says contain a password, token or passphrase from now on: to be called wherever one
 * comes in.
 *
 * @param username of a login, which travels in one piece with its password.
 */
export function keepSecret(text: string, username?: string): void {
  const secret = text.toWellFormed();
  if (username !== undefined) keepEncoded(`${username}:${secret}`);
  if (secret.length < SHORTEST) return;
  keepEncoded(secret);
  known.add(secret);
  known.add(JSON.stringify(secret).slice(1, -1));
  known.add(encodeURIComponent(secret));
  known.add(new URLSearchParams({ "": secret }).toString().slice(1));
}

function keepEncoded(secret: string): void {
  for (const encoding of ["base64", "base64url"] as const)
    known.add(Buffer.from(secret).toString(encoding).replace(/=+$/, ""));
}

/**
 * Takes out what others must not read: the secrets that are known here, and what looks like one, such as user info and
 * signed queries of URLs, tokens and private keys.
 *
 * @param more what is secret in this text alone.
 */
export function redact(text: string, more: Iterable<string> = []): string {
  // The longest first: it may begin with another.
  const secrets = [...known, ...more].filter((secret) => text.includes(secret)).sort((a, b) => b.length - a.length);
  return redactShapes(secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text));
}

function redactShapes(text: string): string {
  return (
    text
      // Up to the last @ before the path: a password may hold one. The placeholder is our own advice.
      .replace(/\b([a-z][a-z0-9+.-]{0,20}:\/\/)(?!NAME:PASSWORD@)[^/\s"?#]*@/gi, "$1***@")
      // Whole, and then what is in it: to search on from each of its words could take minutes.
      .replace(/\bhttps?:\/\/[^\s"]+/gi, (url) => url.replace(/\?.+$/, "?***"))
      .replace(/\b(Authorization["']?\s*[:=]\s*["']?)[^\r\n"']+/gi, "$1***")
      // "Basic authentication is required" is no secret.
      .replace(/\b(Bearer|bearer|BEARER|Basic|basic|BASIC)\s+(?=[a-z]*[A-Z0-9+/_~=-])[A-Za-z0-9._~+/=-]{8,}/g, "$1 ***")
      .replace(/\b([\w-]{0,40}(?:token|password|secret)["']?\s*(?:=|["']\s*:)\s*["']?)[^\s"'&,;]+/gi, "$1***")
      // In a sentence the next word is mostly one ("invalid token: expired").
      .replace(/\b([\w-]{0,40}(?:token|password|secret):\s*)(?=[^\s"'&,;]*\d)[^\s"'&,;]{8,}/gi, "$1***")
      .replace(/\b((?:signature|credential|sig|awsaccesskeyid|api[_-]?key|pwd|passwd|_auth)=)[^\s"'&,;]+/gi, "$1***")
      // A JSON Web Token by itself, as token servers give them, be it cut short.
      .replace(/\beyJ[\w-]{8,}(?:\.[\w-]+)*/g, "***")
      // What GitHub, GitLab, Docker Hub, npm and Amazon begin theirs with.
      .replace(/\b(?:gh[oprsu]_|github_pat_|glpat-|dckr_[op]at_|npm_|AKIA|ASIA)[\w-]{12,}/g, "***")
      .replace(/-----BEGIN ([A-Z ]*PRIVATE KEY)-----(?:[\s\S]*?-----END \1-----|[\s\S]*)/g, "***")
  );
}

/** What is inside of an error may be anything: its own words are made fit to be shown. */
export function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === "string" ? redact(error) : error;
  for (const name of ["message", "stack"] as const) {
    const words = redact(error[name] ?? "");
    // Not by an assignment, which some of the system's errors refuse.
    if (words !== error[name]) Object.defineProperty(error, name, { value: words });
  }
  return error;
}

/** A host or its address as it may be shown: no tag or digest can follow, so that all before an @ is a login. */
export function withoutHostLogin(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1***@");
}

/** A reference as it may be shown: with nothing of the login that somebody has put before the host. */
export function withoutLogin(text: string): string {
  // A file's path may hold an @ anywhere.
  if (text.startsWith("oci:")) return text;
  const digest = /@sha\d+:[^@/]*$/.exec(text)?.[0] ?? "";
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? "";
  const address = text.slice(scheme.length, text.length - digest.length);
  const login = scheme === "" ? LOGIN : /^.*@/s;
  return `${scheme}${address.replace(login, "***@")}${digest}`;
}

// Before a host there is a name, or a name and a password; what has a host before its @ is a mistaken digest.
const LOGIN = /^(?:.*@(?=[^@]*\/)|[^/:]*:(?!\d+\/).*@)/s;

/** Without user info, and without the query, in which storage services carry their signatures. */
export function redactUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
