import { adviceOf, AppError, type ErrorCode } from "../../errors.ts";
import { publisherWording } from "../remedies.ts";

/** What one step of the way turned out to be. */
export interface Finding {
  readonly name: string;
  readonly status: "ok" | "warning" | "failed" | "skipped";
  /** What was seen. */
  readonly detail: string;
  /** What to do about it, as a sentence. */
  readonly fix?: string;
  /** The trouble's class, of what failed. */
  readonly code?: ErrorCode;
}

/** A finding of which somebody else knows the name. */
export type Verdict = Omit<Finding, "name">;

export function ok(detail: string): Verdict {
  return { status: "ok", detail };
}

export function warning(detail: string, fix: string): Verdict {
  return { status: "warning", detail, fix };
}

export function failed(detail: string, fix: string, code: ErrorCode = "bad-data"): Verdict {
  return { status: "failed", detail, fix, code };
}

export function skipped(detail: string): Verdict {
  return { status: "skipped", detail };
}

export function skipEach(names: readonly string[], why: string): Finding[] {
  const { status, detail } = skipped(why);
  return names.map((name) => ({ name, status, detail }));
}

export function failedBy(error: AppError): Verdict {
  return failed(error.message, adviceOf(error, publisherWording) ?? "Try again.", error.code);
}

/** What was hoped for, or why it did not come. @throws what is a mistake of ours. */
export async function attempt<Value>(act: () => Promise<Value>): Promise<Value | AppError> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** The first few, and how many more. */
export function few(texts: readonly string[], most = 3): string {
  const more = texts.length - most;
  return more > 0 ? `${texts.slice(0, most).join("; ")}; and ${more} more` : texts.join("; ");
}

export const PUSH_NEW = "push it as a new version: computers that have this one do not look at it again.";
