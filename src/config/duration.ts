// This file is on the launch path: no regular expression, which every start would have to compile.

const MAX_DIGITS = 9;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `0s`, `500ms`, `3s`, `15m`, `24h` or `7d` into milliseconds, or gives undefined. */
export function parseDuration(text: string): number | undefined {
  let digits = 0;
  while (isDigit(text[digits])) digits += 1;
  const unit = text.slice(digits);
  if (digits === 0 || digits > MAX_DIGITS || !Object.hasOwn(UNITS, unit)) return undefined;
  return Number(text.slice(0, digits)) * (UNITS[unit] ?? 0);
}

export function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= "0" && character <= "9";
}
