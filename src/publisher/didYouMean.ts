import { closest, distance } from "fastest-levenshtein";

/** A hint that names the known word that was probably meant, or undefined when none is near. */
export function didYouMean(typed: string, known: readonly string[]): string | undefined {
  const meant = known.length === 0 ? undefined : closest(typed, known);
  if (meant === undefined) return undefined;
  // Half of a word changed is another word; what it begins with is often all that somebody remembers.
  const near = distance(typed, meant) <= Math.max(1, Math.floor(meant.replace(/^-+/, "").length / 3));
  const begun = known.filter((word) => typed.length > 1 && word.startsWith(typed));
  if (near) return `Did you mean ${meant}?`;
  return begun.length === 1 ? `Did you mean ${begun[0]}?` : undefined;
}
