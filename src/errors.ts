/**
 * What went wrong, as a class of trouble. Each has one exit code, after BSD sysexits(3);
 * `usage` is 2, as shells and most tools have it.
 */
export const EXIT_CODES = {
  usage: 2,
  "bad-data": 65,
  "not-found": 66,
  unavailable: 69,
  internal: 70,
  "cannot-create": 73,
  io: 74,
  temporary: 75,
  "not-allowed": 77,
  config: 78,
} as const;

export type ErrorCode = keyof typeof EXIT_CODES;

/** An error that is a sentence for its reader: what happened, and in `hint` what to do next. */
export class AppError extends Error {
  override readonly name: string = "AppError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

export function exitCodeOf(error: unknown): number {
  return error instanceof AppError ? EXIT_CODES[error.code] : EXIT_CODES.internal;
}

/** The `code` of a Node system error (`ENOENT`, `ECONNREFUSED` ...), or undefined. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** One line for people: the message, then the hint. A foreign error is shown by its message. */
export function formatError(error: unknown): string {
  if (error instanceof AppError) return error.hint === undefined ? error.message : `${error.message}\n\n${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}

/** A disk's refusal as a sentence with a way out; anything else unchanged. */
export function diskError(cause: unknown, path: string): unknown {
  const code = systemCodeOf(cause);
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new AppError("io", `the disk is full: ${path} could not be written`, {
        hint: "Free some space, then try again.",
        cause,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new AppError("cannot-create", `access to ${path} is refused (${code})`, {
        hint: "Check who may read and write there.",
        cause,
      });
    case "ENOTDIR":
    case "EEXIST":
      return new AppError("cannot-create", `${path} cannot be made: a file is in the way (${code})`, {
        hint: "Move that file away.",
        cause,
      });
    case undefined:
    default:
      return cause;
  }
}
