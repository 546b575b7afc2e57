import { join } from "node:path";
import type { RunOptions } from "../launch/runOnce.ts";
import type { Activation } from "../store/activation.ts";
import type { LaunchContext } from "./context.ts";

// This file is on the launch path.

export interface ProgramRun {
  readonly executable: string;
  /** Whether nobody waits for its end. */
  readonly leaves: boolean;
}

/** How a version is run as a child. */
export function describeRun({ paths, installer }: LaunchContext, { current }: Activation): ProgramRun {
  return {
    executable: join(paths.versions, current.directory, current.executable),
    // A program with windows of its own needs nobody behind it, once it has shown that it runs.
    leaves: process.platform === "win32" && installer.interface === "window",
  };
}

/** What has run before is trusted to run: all that can be learnt is whether it could be started. */
export function confirmedRunOptions({ leaves }: ProgramRun, leave: () => void): RunOptions {
  return {
    handle: process,
    outlives: leaves,
    ...(leaves ? { survived: { after: 0, call: leave } } : {}),
  };
}
