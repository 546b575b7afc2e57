import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { redact } from "../redact.ts";
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
      const line = formatLine({ time: now(), event, fields });
      write(paths.log, line, MAX_BYTES);
      // The person's own file: how long it grows is theirs to say.
      if (alsoTo !== undefined) write(alsoTo, line, Number.POSITIVE_INFINITY);
    },
  };
}

export interface LogEntry {
  /** RFC 3339; empty when it could not be written down. */
  readonly time: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What was written down, the oldest first. Lines that were cut short are left out. */
export function readLog(paths: StorePaths): LogEntry[] {
  return [rotated(paths.log), paths.log].flatMap((path) => readLines(path).flatMap(parseLine));
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    return [];
  }
}

function parseLine(line: string): LogEntry[] {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null) return [];
    const { time, event, ...fields } = value as Record<string, unknown>;
    return typeof event === "string" ? [{ time: typeof time === "string" ? time : "", event, fields }] : [];
  } catch {
    return [];
  }
}

function formatLine({ time, event, fields }: { time: number; event: string; fields: object }): string {
  try {
    const entry = { time: new Date(time).toISOString(), event, ...fields };
    return `${JSON.stringify(entry, redactValue)}\n`;
  } catch (error) {
    // A cycle, a bigint: the decision itself is still worth a line.
    return `${JSON.stringify({ event, unwritable: redact(String(error)) })}\n`;
  }
}

function write(path: string, line: string, limit: number): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rotate(path, limit);
    appendFileSync(path, line, { mode: 0o600 });
  } catch {
    // A full or read-only disk: the launch matters more than what is written about it.
  }
}

function rotate(path: string, limit: number): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < limit) return;
  try {
    renameSync(path, rotated(path));
  } catch {
    // Somebody on Windows reads it: it grows until they have done.
  }
}

function rotated(path: string): string {
  return path.replace(/\.jsonl$/, ".1.jsonl");
}

const SECRET_KEY = /token|password|passwd|secret|authorization|credential|cookie/i;

function redactValue(key: string, value: unknown): unknown {
  if (value instanceof Error) return redact(value.message);
  const isText = typeof value === "string";
  if (SECRET_KEY.test(key) && (isText || (typeof value === "object" && value !== null))) return "***";
  return isText ? redact(value) : value;
}
