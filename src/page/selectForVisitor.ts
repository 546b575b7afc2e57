import type { Download } from "../release/download.ts";
import { platformKey } from "./platforms.ts";
import { recognizeVisitor } from "./visitor.ts";

/** What the head of a request says of a visitor's computer: User-Agent, and client hints with their quotes. */
export interface Claims {
  readonly userAgent: string | undefined;
  /** Sec-CH-UA-Platform: `"macOS"`. */
  readonly platform: string | undefined;
  /** Sec-CH-UA-Arch: `"x86"` or `"arm"`. */
  readonly architecture: string | undefined;
  /** Sec-CH-UA-Bitness: `"64"`. */
  readonly bitness: string | undefined;
}

export type VisitorChoice =
  | { readonly kind: "one"; readonly download: Download }
  /** Which one, or whether the only one, is the visitor's to say. The newest hardware's comes first. */
  | { readonly kind: "unsure"; readonly downloads: readonly Download[] }
  | { readonly kind: "none" };

/** Chooses as the page itself does, from what a browser tells a server. */
export function selectForVisitor(downloads: readonly Download[], claims: Claims): VisitorChoice {
  const { userAgent = "" } = claims;
  const visitor = recognizeVisitor({
    userAgent: BOT.test(userAgent) ? "" : userAgent,
    platform: unquote(claims.platform),
    architecture: unquote(claims.architecture),
    bitness: unquote(claims.bitness),
  });
  const found = visitor.platforms.flatMap(
    (platform) => downloads.find((one) => platformKey(one.platform) === platform) ?? [],
  );
  const [first] = found;
  // What is second in the list runs on the first one's computers, too.
  const isSafe = !visitor.unsure || platformKey(first?.platform) !== visitor.platforms[0];
  if (!isSafe) return { kind: "unsure", downloads: found };
  const best = first ?? downloads.find(({ platform }) => platform === undefined);
  return best === undefined || visitor.kind === "phone" ? { kind: "none" } : { kind: "one", download: best };
}

// Who looks at everything has no computer that a file is for, whichever browser they take the name of.
const BOT = /bot\b|crawl|spider|slurp/i;

/** A string of structured fields (RFC 8941 section 3.3.3), of which these have no escapes. */
function unquote(text = ""): string {
  const word = text.trim().replace(/^"(.*)"$/, "$1");
  return word === "Unknown" ? "" : word;
}
