import { redact } from "./redact.ts";

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

/** What there is to do where each program has a way of its own, which it says in its own words. */
export type Remedy =
  | { readonly kind: "login" | "trust-issuer" | "trust-anyway" | "plain-http"; readonly host: string }
  | {
      readonly kind:
        | "name-proxy-login"
        | "publish-release"
        | "pull-schema1"
        | "write-archive"
        | "choose-version"
        | "choose-prerelease"
        | "sign-release";
    };

/** How one program says a remedy; nothing for one that it does not have. */
export type Wording = (remedy: Remedy) => string | undefined;

interface ErrorOptions {
  /** What holds whichever program says it. */
  readonly hint?: string | undefined;
  readonly remedy?: Remedy | undefined;
  readonly cause?: unknown;
}

/**
 * An error that is a sentence for its reader: what happened, and in `hint` and `remedy` what to do next. Whatever it is
 * made of, no secret is in it, and nothing that steers a terminal or turns text around: strangers are quoted.
 */
export class AppError extends Error {
  override readonly name: string = "AppError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly remedy: Remedy | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(readable(message), options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.hint = options.hint === undefined ? undefined : readable(options.hint);
    this.remedy = options.remedy;
  }
}

/** Lines stay, and so do the joiners in names. */
function readable(text: string): string {
  return redact(text).replace(/[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, " ");
}

/**
 * Whether the error is about what was asked for (half of it was deleted, it is something else, nobody has signed it), so
 * that another one may do. No connection, or no permission, is the same for all of them.
 */
export function isOfNoUse(error: unknown): error is AppError & { readonly code: "bad-data" | "not-found" } {
  return error instanceof AppError && (error.code === "bad-data" || error.code === "not-found");
}

/** @returns undefined for what {@link isOfNoUse}, after the reason was told. */
export async function unlessOfNoUse<Value>(
  read: () => Promise<Value>,
  onOfNoUse?: (reason: AppError) => void,
): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!isOfNoUse(error)) throw error;
    onOfNoUse?.(error);
    return undefined;
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

/** For people: the message, then what to do. A foreign error is shown by its message. */
export function formatError(error: unknown, wording?: Wording): string {
  if (!(error instanceof AppError)) return redact(error instanceof Error ? error.message : String(error));
  const advice = adviceOf(error, wording);
  return advice === undefined ? error.message : `${error.message}\n\n${advice}`;
}

/** What to do about it, in the words of the program that says it. */
export function adviceOf({ hint, remedy }: AppError, wording?: Wording): string | undefined {
  const words = remedy === undefined ? undefined : wording?.(remedy);
  const lines = [hint, words].filter((line) => line !== undefined);
  return lines.length === 0 ? undefined : lines.join("\n");
}

/** The same error, with what else there is to do; a foreign one unchanged. */
export function withHint(error: unknown, advice: string): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, message, hint, remedy } = error;
  return new AppError(code, message, {
    hint: hint === undefined ? advice : `${hint}\n${advice}`,
    remedy,
    cause: error,
  });
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
    case "EIO":
    case "ESTALE":
      return new AppError("io", `the disk has trouble with ${path} (${code})`, {
        hint: "Check the disk, or the connection to it if it is a network drive, then try again.",
        cause,
      });
    case "EBUSY":
      return new AppError("io", `${path} is in use by another program (${code})`, {
        hint: "Close whatever uses it, then try again.",
        cause,
      });
    case "EMFILE":
    case "ENFILE":
      return new AppError("io", `${path} cannot be opened: too many files are open (${code})`, {
        hint: "Close some programs, then try again.",
        cause,
      });
    case "EXDEV":
      return new AppError("cannot-create", `${path} cannot be made: it lies on another file system (${code})`, {
        hint: "Keep the folder and all that is in it on one file system.",
        cause,
      });
    case "ENAMETOOLONG":
      return new AppError("cannot-create", `${path} cannot be made: its name is too long (${code})`, {
        hint: "Choose a shorter name, or a folder that is not so deep.",
        cause,
      });
    case "EISDIR":
      return new AppError("cannot-create", `${path} cannot be made: a folder is in the way (${code})`, {
        hint: "Move that folder away.",
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
