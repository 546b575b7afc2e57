/** The languages of download pages: those in which launchers speak. */
export type Language = "en" | "de" | "fr" | "es" | "ja" | "zh";

export const LANGUAGES: readonly Language[] = ["en", "de", "fr", "es", "ja", "zh"];

// Nobody knows more languages, and a header of any length costs no more time.
const MAX_RANGES = 50;

/**
 * The language that a visitor wants most of those that there are.
 *
 * @param acceptLanguage such as `pt-BR,de-AT;q=0.8,*;q=0.1`; English when it names none of ours, or is no such list.
 */
export function selectLanguage(acceptLanguage: string | undefined): Language {
  let best: { readonly language: Language; readonly quality: number } | undefined;
  for (const range of (acceptLanguage ?? "").split(",", MAX_RANGES)) {
    const [tag = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const language = LANGUAGES.find((known) => tag === known || tag.startsWith(`${known}-`));
    const quality = readQuality(parameters);
    // Of two that are wanted as much, the first.
    if (language !== undefined && quality > (best?.quality ?? 0)) best = { language, quality };
  }
  return best?.language ?? "en";
}

/** RFC 9110 section 12.4.2: from 0, not at all, to 1; what is no number is as good as not wanted. */
function readQuality(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
  if (weight === undefined) return 1;
  const text = weight.replace(/^q\s*=\s*/, "");
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}
