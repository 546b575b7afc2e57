/** The fields of a request that make it conditional, as Node gives them. */
export interface Conditions {
  readonly "if-match"?: string | undefined;
  readonly "if-none-match"?: string | undefined;
}

export type Verdict = "go-on" | "not-modified" | "failed";

/**
 * Judges by entity tags alone (RFC 9110 section 13.2.2). Dates are ignored: content has a digest and no time.
 *
 * @param etag strong, with its quotes.
 * @param continues tags of other forms of the same content, of which the client goes on in this one.
 */
export function judgeConditions(conditions: Conditions, etag: string, continues: readonly string[] = []): Verdict {
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = conditions;
  if (ifMatch !== undefined && ![etag, ...continues].some((tag) => names(ifMatch, tag))) return "failed";
  if (ifNoneMatch === undefined) return "go-on";
  return includes(ifNoneMatch, (tag) => strengthen(tag) === etag) ? "not-modified" : "go-on";
}

/** Whether a list of tags (If-Match) has this very one. */
export function names(list: string, etag: string): boolean {
  return includes(list, (tag) => tag === etag);
}

/** Whether a Range counts. A weak tag and a date promise too little to put two parts together (section 13.1.5). */
export function rangeHolds(ifRange: string | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange.trim() === etag;
}

// Section 8.8.3. Commas may stand inside a tag.
const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

function includes(list: string, matches: (tag: string) => boolean): boolean {
  return list.trim() === "*" || (list.match(TAG) ?? []).some(matches);
}

function strengthen(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
