import { KEYS, VALUES } from "./words.ts";

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

// A walk through what is nested deeper than this finds nothing new.
const MAX_PLACES = 2000;
// Stands for the JSON that goes in, which need not be a value that JavaScript has.
const MARK = "\u2603";

/** Changes one value of a document, or the key under which it is. What is no JSON stays what it is. */
export function editJson(bytes: Buffer, { at, value }: { readonly at: number; readonly value: number }): Buffer {
  // Another document may stand in front: the head of an answer.
  const start = Math.max(0, bytes.indexOf("\n\n") + 2 * Number(bytes.includes("\n\n")));
  try {
    const root = { document: JSON.parse(bytes.toString("utf8", start)) as unknown };
    const places = placesIn(root);
    const place = places[at % places.length];
    if (place === undefined) return bytes;
    const replacement = change(place, places, value);
    const text = JSON.stringify(root.document) ?? "";
    return Buffer.concat([bytes.subarray(0, start), Buffer.from(text.replace(`"${MARK}"`, () => replacement))]);
  } catch {
    return bytes;
  }
}

function placesIn(root: object): Place[] {
  const places: Place[] = [];
  const waiting: object[] = [root];
  for (let holder = waiting.pop(); holder !== undefined && places.length < MAX_PLACES; holder = waiting.pop()) {
    for (const [key, value] of Object.entries(holder)) {
      places.push({ holder: holder as Record<string, unknown>, key });
      if (typeof value === "object" && value !== null) waiting.push(value as object);
    }
  }
  return places;
}

/** @returns the JSON that is to stand where the mark is. */
function change({ holder, key }: Place, places: readonly Place[], value: number): string {
  const choice = value >>> 3;
  const set = (name: string, to: unknown): void =>
    void Object.defineProperty(holder, name, { value: to, enumerable: true, configurable: true, writable: true });
  switch (value & 7) {
    case 0:
      delete holder[key];
      break;
    case 1:
      set(KEYS[choice % KEYS.length] ?? key, holder[key]);
      break;
    case 2: {
      // What stands elsewhere is of a kind that somebody expects.
      const other = places[choice % places.length];
      set(key, other === undefined ? null : structuredClone(other.holder[other.key]));
      break;
    }
    case 3:
      set(
        key,
        Array.from({ length: 2 + (choice % 200) }, () => holder[key]),
      );
      break;
    case 4:
      set(`${key}${choice % 3}`, MARK);
      break;
    default:
      set(key, MARK);
  }
  return VALUES[choice % VALUES.length] ?? "null";
}
