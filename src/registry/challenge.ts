/** One way in that a server offers: RFC 9110 section 11.6.1. */
export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Keys in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

// An honest header is a few hundred characters.
const MAX_LENGTH = 16 * 1024;

/** Reads a WWW-Authenticate header, which may hold several challenges, or several headers joined by commas. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  // A scheme and white space; or a parameter: a token, "=", a token or a quoted string. Anything else is skipped.
  // A token from its beginning: looked at from each of its characters on, a long one would take its length squared.
  const pattern =
    /(?<![A-Za-z0-9!#$%&'*+.^_`|~-])([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|(?=\s|,|$))/g;
  for (const [, name = "", quoted, plain] of header.slice(0, MAX_LENGTH).matchAll(pattern)) {
    const value = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: {} });
    else {
      const current = challenges.at(-1);
      if (current !== undefined) current.parameters[name.toLowerCase()] = value;
    }
  }
  return challenges;
}
