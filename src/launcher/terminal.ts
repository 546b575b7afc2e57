import { writeSync } from "node:fs";
import { redact } from "../redact.ts";

/** Writes to standard error at once: the process may be replaced by the program in the next moment. */
export function tell(text: string): void {
  try {
    writeSync(2, redact(text));
  } catch {
    // Standard error is closed or a full pipe. Nothing that is said here is worth a failed launch.
  }
}
