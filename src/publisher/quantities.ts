import { parseDuration } from "../config/duration.ts";
import { AppError } from "../errors.ts";

/** @throws AppError `usage`. */
export function parsePort(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new AppError("usage", `not a port: ${JSON.stringify(text)}`, {
    hint: "Write a number from 0 (any free one) to 65535.",
  });
}

/** A whole number above 0. @throws AppError `usage`. */
export function parseCount(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new AppError("usage", `${option} wants a number above 0, got ${JSON.stringify(text)}`, {
    hint: `For example: ${option} ${fallback}`,
  });
}

/** @returns milliseconds. @throws AppError `usage`. */
export function parseTime(option: string, text: string | undefined, fallback: string): number {
  const ms = parseDuration(text ?? fallback);
  if (ms !== undefined) return ms;
  throw new AppError("usage", `${option} wants a duration, got ${JSON.stringify(text)}`, {
    hint: `For example: ${option} ${fallback}`,
  });
}

// Decimal, as `formatBytes` writes them.
const UNITS: ReadonlyMap<string, number> = new Map([
  ["b", 1],
  ["kb", 1e3],
  ["mb", 1e6],
  ["gb", 1e9],
  ["tb", 1e12],
]);

/** @returns bytes of `500MB` or `5 GB`. @throws AppError `usage`. */
export function parseSize(option: string, text: string | undefined, fallback: string): number {
  const [, number = "", unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?) ?([a-z]{1,2})$/i.exec(text ?? fallback) ?? [];
  const bytes = Math.round(Number(number) * (UNITS.get(unit.toLowerCase()) ?? Number.NaN));
  if (number !== "" && Number.isSafeInteger(bytes)) return bytes;
  throw new AppError("usage", `${option} wants a size, got ${JSON.stringify(text)}`, {
    hint: `For example: ${option} ${fallback}`,
  });
}
