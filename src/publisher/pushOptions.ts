import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { AppError } from "../errors.ts";
import { formatPlatform, parsePlatform, type Platform } from "../oci/platform.ts";
import { CODINGS } from "../release/coding.ts";
import { COMPRESSIONS, type Compression } from "../release/compression.ts";
import type { Coding } from "../release/download.ts";

/** Whether an argument means a program for a platform, rather than a plain file with such a name. */
export function isPlatformArgument(text: string, cwd: string): boolean {
  return text.includes("=") && !existsSync(resolve(cwd, text));
}

/** @throws AppError `usage`. */
export function parsePlatforms(texts: readonly string[]): { platform: Platform; path: string }[] {
  const seen = new Set<string>();
  return texts.map((text) => {
    const equals = text.indexOf("=");
    if (equals === -1 || equals === text.length - 1) {
      throw new AppError("usage", `expected PLATFORM=PATH, got ${JSON.stringify(text)}`, {
        hint: "For example: linux/amd64=out/app",
      });
    }
    const platform = parsePlatform(text.slice(0, equals));
    const name = formatPlatform(platform);
    if (seen.has(name))
      throw new AppError("usage", `${name} is given twice`, { hint: "One program or folder for each platform." });
    seen.add(name);
    return { platform, path: text.slice(equals + 1) };
  });
}

/** @throws AppError `usage`. */
export function parseCompression(text: string): Compression {
  const found = COMPRESSIONS.find((compression) => compression === text);
  if (found !== undefined) return found;
  throw new AppError("usage", `not a compression: ${JSON.stringify(text)}`, {
    hint: `Choose from: ${COMPRESSIONS.join(", ")}.`,
  });
}

/** @param text such as `zstd,gzip`, or `none`. @throws AppError `usage`. */
export function parseCodings(text: string): Coding[] {
  if (text === "none") return [];
  return text.split(",").map((name) => {
    const found = CODINGS.find((coding) => coding === name.trim());
    if (found !== undefined) return found;
    throw new AppError("usage", `not a coding: ${JSON.stringify(name)}`, {
      hint: `Choose from: ${CODINGS.join(", ")}, with commas between them; or none.`,
    });
  });
}

// So many releases back, hardly anybody is left, and each costs a minute and its place in the registry.
const MOST_DELTAS = 20;

/** From how many releases deltas are made. @throws AppError `usage`. */
export function parseDeltas(text: string): number {
  const count = Number(text);
  if (/^\d{1,2}$/.test(text) && count <= MOST_DELTAS) return count;
  throw new AppError("usage", `--deltas wants a number from 0 to ${MOST_DELTAS}, got ${JSON.stringify(text)}`, {
    hint: "From so many releases before this one updates are made small; 0 makes none.",
  });
}

/** @throws AppError `usage`. */
export function parseAnnotations(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf("=");
      if (equals < 1)
        throw new AppError("usage", `expected KEY=VALUE, got ${JSON.stringify(text)}`, {
          hint: "For example: --annotation org.opencontainers.image.licenses=MIT",
        });
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

/**
 * SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch, in seconds) as RFC 3339.
 *
 * @throws AppError `usage`.
 */
export function parseEpoch(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,11}$/.test(text))
    throw new AppError("usage", `SOURCE_DATE_EPOCH is not a number of seconds: ${JSON.stringify(text)}`);
  return new Date(Number(text) * 1000).toISOString().replace(".000Z", "Z");
}
