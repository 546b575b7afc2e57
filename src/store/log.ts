import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { StorePaths } from "./paths.ts";

export interface Log {
  append(event: string, fields: Readonly<Record<string, unknown>>): void;
}

const MAX_BYTES = 1024 * 1024;

/**
 * One JSON line for each decision, secrets taken out, rotated at 1 MiB. Written at once, because the process may be
 * replaced by the program in the next moment; and a log that cannot be written stops nothing.
 */
export function openLog(
  paths: StorePaths,
  { now, enabled, alsoTo }: { now: () => number; enabled: boolean; alsoTo?: string },
): Log {
  if (!enabled) return { append: () => undefined };
  return {
    append(event, fields) {
      const line = `${redact(JSON.stringify({ time: new Date(now()).toISOString(), event, ...fields }))}\n`;
      for (const path of alsoTo === undefined ? [paths.log] : [paths.log, alsoTo]) write(path, line);
    },
  };
}

function write(path: string, line: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rotate(path);
    appendFileSync(path, line, { mode: 0o600 });
  } catch {
    // A full or read-only disk: the launch matters more than what is written about it.
  }
}

function rotate(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < MAX_BYTES) return;
  renameSync(path, path.replace(/\.jsonl$/, ".1.jsonl"));
}

/** Takes out what must not be read by others: user info and signed queries in URLs, tokens, passwords. */
export function redact(text: string): string {
  return text
    .replace(/(https?:\/\/)[^/@\s"]+@/g, "$1***@")
    .replace(/(https?:\/\/[^\s"?]+)\?[^\s"]+/g, "$1?***")
    .replace(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+/gi, "$1 ***")
    .replace(/("(?:[a-z_-]*token|password|secret|authorization)"\s*:\s*)"[^"]*"/gi, '$1"***"');
}
