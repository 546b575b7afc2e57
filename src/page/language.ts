/** The languages of download pages: those in which launchers speak. */
export type Language = "en" | "de" | "fr" | "es" | "ja" | "zh";

export const LANGUAGES: readonly Language[] = ["en", "de", "fr", "es", "ja", "zh"];

/** What a page says that it is written in: BCP 47. */
export function languageTag(language: Language): string {
  return language === "zh" ? "zh-Hans" : language;
}

// Nobody knows more languages, and a header of any length costs no more time.
const MAX_RANGES = 50;

/**
 * The language that a visitor wants most of those that there are.
 *
 * @param acceptLanguage such as `pt-BR,de-AT;q=0.8,*;q=0.1`; English when it names none of ours, or is no such list.
 */
export function selectLanguage(acceptLanguage: string | undefined): Language {
  const ranges = (acceptLanguage ?? "").split(",", MAX_RANGES).map((range) => {
    const [tag = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    return { tag, quality: readQuality(parameters) };
  });
  // Of two that are wanted as much, the first: sorting leaves them as they are.
  const wanted = ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality);
  return (
    findLanguage(
      wanted.map(({ tag }) => tag),
      LANGUAGES,
    ) ?? "en"
  );
}

/**
 * The first language that there is. The page carries this very function to browsers, as it stands here: it refers to
 * nothing outside of itself, and is written for browsers of the last five years.
 *
 * @param tags such as `de-AT`, best first.
 */
export function findLanguage<Known extends string>(
  tags: readonly string[],
  languages: readonly Known[],
): Known | undefined {
  let traditional = false;
  for (const tag of tags) {
    // There is but simplified Chinese, with the words of systems that speak it. Browsers add a plain zh to zh-TW.
    if (/^zh-(?!hans\b)(.+-)?(hant|tw|hk|mo)\b/i.test(tag)) traditional = true;
    else if (!traditional || !/^zh$/i.test(tag)) {
      const found = languages.find((language) => language === tag.split("-")[0]?.toLowerCase());
      if (found) return found;
    }
  }
  return undefined;
}

/** RFC 9110 section 12.4.2: from 0, not at all, to 1; what is no number is as good as not wanted. */
function readQuality(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
  if (weight === undefined) return 1;
  const text = weight.replace(/^q\s*=\s*/, "");
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}
