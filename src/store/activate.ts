import { type Activation, readActivation } from "./activation.ts";
import { writeFileAtomically } from "./atomic.ts";
import { refuseNewer } from "./newer.ts";
import type { StorePaths } from "./paths.ts";

/**
 * Points every following launch at another version, by one atomic rename. The caller holds the lock.
 *
 * @throws AppError `config` for the store of a newer launcher; `io`, `cannot-create`.
 */
export async function writeActivation(paths: StorePaths, activation: Activation): Promise<void> {
  const before = readActivation(paths);
  if (before.kind === "newer") refuseNewer(paths.activation, before.schema);
  await writeFileAtomically(paths.activation, `${JSON.stringify(activation, undefined, 2)}\n`);
}
