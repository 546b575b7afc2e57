import { AppError, diskError, systemCodeOf } from "../errors.ts";
import { unsafe } from "./safePath.ts";

/** Makes one entry; a refusal of the disk becomes a sentence. @throws AppError `bad-data` for a name that it cannot hold. */
export async function attempt<Value>(path: string, absolute: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    switch (systemCodeOf(error)) {
      case "EEXIST":
        // The directory was empty: what is there already has the same name for this file system.
        throw unsafe(path, "something of this name is there already");
      case "ENAMETOOLONG":
      case "EILSEQ":
      case "EINVAL":
        throw unsafe(path, `this disk cannot hold the name (${systemCodeOf(error)})`);
      case undefined:
      default:
        throw diskError(error, absolute);
    }
  }
}

/** Waits for a file's content. @throws AppError for the disk; an error of the content as it is. */
export async function written<Value>(writing: Promise<Value>, path: string): Promise<Value> {
  try {
    return await writing;
  } catch (cause) {
    // Only what the system refused: streams have codes too.
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    const told = diskError(cause, path);
    if (told instanceof AppError) throw told;
    throw new AppError("io", `${path} could not be written (${systemCodeOf(cause)})`, { cause });
  }
}
