import { AppError, diskError, systemCodeOf } from "../errors.ts";

/** Reads what is to be published; a refusal of the disk becomes a sentence. @throws AppError `not-found`, `io`. */
export async function reading<Value>(path: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (cause) {
    throw readError(cause, path);
  }
}

/** A file that grows or shrinks while it is read would be published half-written. @throws AppError `io`. */
export function checkSize(path: string, before: number, after: number): void {
  if (before === after) return;
  throw new AppError("io", `${path} changed while it was read: ${before} bytes, then ${after}`, {
    hint: "Wait until your build is finished, then push again.",
  });
}

function readError(cause: unknown, path: string): unknown {
  const code = systemCodeOf(cause);
  if (cause instanceof AppError || code === undefined) return cause;
  // In a pipeline it may be another file than the one that was asked for.
  const where = cause instanceof Error && "path" in cause && typeof cause.path === "string" ? cause.path : path;
  switch (code) {
    case "ENOENT":
      return new AppError("not-found", `there is no ${where}`, { hint: "Check the path.", cause });
    case "ENOSPC":
    case "EDQUOT":
      return diskError(cause, where);
    default:
      return new AppError("io", `${where} cannot be read (${code})`, { hint: "Check that you may read it.", cause });
  }
}
