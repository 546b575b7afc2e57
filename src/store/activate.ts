import { AppError } from "../errors.ts";
import { type Activation, readActivation } from "./activation.ts";
import { writeFileAtomically } from "./atomic.ts";
import type { StorePaths } from "./paths.ts";

/** Points every following launch at another version, by one atomic rename. The caller holds the lock. */
export async function writeActivation(paths: StorePaths, activation: Activation): Promise<void> {
  const before = readActivation(paths);
  if (before.kind === "newer") {
    throw new AppError("config", `${paths.activation} was written by a newer launcher (schema ${before.schema})`, {
      hint: "Start the newer launcher; this one changes nothing.",
    });
  }
  await writeFileAtomically(paths.activation, `${JSON.stringify(activation, undefined, 2)}\n`);
}
