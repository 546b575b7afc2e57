import type { Coding } from "../../../release/download.ts";

/** What can be sent: bytes of the file as it is, and of each of its codings. */
export interface Offer {
  readonly identity: number;
  readonly codings: readonly { readonly coding: Coding; readonly size: number }[];
}

/**
 * Chooses by Accept-Encoding (RFC 9110 section 12.5.3): the smallest of what the visitor takes as readily as the plain
 * file, which is the last resort of whoever does not mention it. Without the field nothing is known of the visitor, and
 * they get the plain file.
 *
 * @returns undefined where nothing that there is will be taken.
 */
export function negotiate(
  acceptEncoding: string | undefined,
  { identity, codings }: Offer,
): Coding | "identity" | undefined {
  const weights = parseWeights(acceptEncoding ?? "");
  const any = weights.get("*");
  const plain = weights.get("identity") ?? (any === 0 ? 0 : undefined);
  const taken = codings
    .filter(({ coding, size }) => {
      const weight = weights.get(coding) ?? any ?? 0;
      return weight > 0 && weight >= (plain ?? 0) && (size < identity || plain === 0);
    })
    .sort((a, b) => a.size - b.size);
  return taken[0]?.coding ?? (plain === 0 ? undefined : "identity");
}

// Section 12.4.2. What is no weight makes its coding unknown, and not refused.
const ELEMENT = /^([a-z0-9*!#$%&'+.^_`|~-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

function parseWeights(list: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const element of list.toLowerCase().split(",")) {
    const match = ELEMENT.exec(element.trim());
    if (match === null) continue;
    const [, name = "", weight = "1"] = match;
    // Section 8.4.1.3: the same thing.
    weights.set(name === "x-gzip" ? "gzip" : name, Number(weight));
  }
  return weights;
}
