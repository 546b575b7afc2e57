/** What of some content a visitor asks for. `end` is the first byte that is not part of it. */
export type Part =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly start: number; readonly end: number }
  /** RFC 9110 section 15.5.17. */
  | { readonly kind: "unsatisfiable" };

const WHOLE: Part = { kind: "whole" };
const UNSATISFIABLE: Part = { kind: "unsatisfiable" };

// RFC 9110 section 14.1.2, one of them: nobody resumes a download with several, and section 14.2 lets a server ignore
// what it does not serve. Numbers of any length are right; those that lose digits are beyond every size.
const ONE_RANGE = /^bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i;

/**
 * Reads the Range of a request for content of so many bytes. Several ranges, other units and nonsense are no reason to
 * refuse: they get the whole.
 */
export function parseRange(header: string | undefined, size: number): Part {
  const match = ONE_RANGE.exec(header ?? "");
  if (match === null) return WHOLE;
  const [, first, last = "", suffix] = match;
  if (suffix !== undefined) return lastBytes(Number(suffix), size);
  const start = Number(first);
  if (last !== "" && Number(last) < start) return WHOLE;
  if (start >= size) return UNSATISFIABLE;
  return { kind: "part", start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

function lastBytes(count: number, size: number): Part {
  if (count === 0) return UNSATISFIABLE;
  // There is no Content-Range for a part of nothing.
  return size === 0 ? WHOLE : { kind: "part", start: Math.max(0, size - count), end: size };
}
