import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** Secrets that are to be met in one place each, and nowhere else. Some hold what is written in other ways elsewhere. */
export const CANARY = {
  password: "canary-pw:7 p@ss/wörd",
  identity: "canary-identity-5f0c+1",
  bearer: "canary-bearer-81aa27",
  proxy: "canary-proxy@7/x",
  signature: "canarySignature0b77c1",
  mirror: "canary-mirror-44e1",
  helper: "canary-helper-93+/=",
} as const;

export const USER = "me";

/** As Basic credentials (RFC 7617). */
export function basic(password: string, username = USER): string {
  return Buffer.from(`${username}:${password}`).toString("base64");
}

/** The names of the canaries that a text holds, in whatever way they are written. */
export function canariesIn(text: string): string[] {
  return Object.entries(CANARY).flatMap(([name, secret]) =>
    formsOf(secret).some((form) => text.includes(form)) ? [name] : [],
  );
}

function formsOf(secret: string): string[] {
  return [
    secret,
    // As much of it as is nobody else's, should it have been cut.
    secret.slice(0, 9),
    encodeURIComponent(secret),
    new URLSearchParams({ "": secret }).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    ...[USER, "<token>", ""].flatMap((name) => [
      basic(secret, name).replace(/=+$/, ""),
      Buffer.from(`${name}:${secret}`).toString("base64url"),
    ]),
    Buffer.from(secret).toString("base64").replace(/=+$/, ""),
  ];
}

// A launcher, or the version that it has installed: nothing that a start writes down is as large.
const MOST_BYTES = 5 * 1024 * 1024;

/** `file: canary` for each file below the folder that holds one. */
export function canariesBelow(folder: string, { except }: { readonly except: readonly string[] }): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || except.includes(path) || statSync(path).size > MOST_BYTES) return [];
    return canariesIn(readFileSync(path, "utf8")).map((name) => `${relative(folder, path)}: ${name}`);
  });
}
