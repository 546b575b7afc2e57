import type { Language } from "./language.ts";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** `24.9 MB`, as the language writes numbers and units; decimal units, as file managers show them. */
export function formatSize(bytes: number, language: Language): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(bytes) / 3)));
  const format = new Intl.NumberFormat(language, {
    style: "unit",
    unit: UNITS[step] ?? "byte",
    maximumFractionDigits: step === 0 ? 0 : 1,
  });
  return format.format(bytes / 1000 ** step);
}

/** `3 March 2026`; undefined for what is no time. */
export function formatDay(time: string, language: Language): string | undefined {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return undefined;
  // English as most of the world writes it.
  const locale = language === "en" ? "en-GB" : language;
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(date);
}

/** `24,912,345 bytes`. */
export function formatExactSize(bytes: number, language: Language): string {
  return new Intl.NumberFormat(language, { style: "unit", unit: "byte", unitDisplay: "long" }).format(bytes);
}
