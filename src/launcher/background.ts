import { spawn, type SpawnOptions, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { LaunchContext } from "./context.ts";

/** Verbs that a launcher starts behind the program: no person's wish, and on no help page. */
export const BACKGROUND_UPDATE = "background-update";
export const BACKGROUND_LAUNCHER_UPDATE = "background-launcher-update";

/** A process of its own that outlives this one and updates for the next start. */
export function startBackgroundUpdate(context: LaunchContext): void {
  startBehind(context, BACKGROUND_UPDATE);
}

/** The same for the launcher itself. */
export function startBackgroundLauncherUpdate(context: LaunchContext): void {
  startBehind(context, BACKGROUND_LAUNCHER_UPDATE);
}

const SHELL = "/bin/sh";

/** Has a launcher do something behind the program. It is a courtesy: what cannot be started now is so another time. */
export function startBehind({ executable, env }: Pick<LaunchContext, "executable" | "env">, verb: string): void {
  const args = ["--launcher", verb];
  const options: SpawnOptions = {
    detached: true,
    stdio: "ignore",
    windowsHide: true,
    env: { ...env, SLIPWAY_PROGRESS: "never" },
  };
  try {
    if (process.platform !== "win32" && existsSync(SHELL)) {
      // The program that this process becomes must not have a child that it knows nothing of, and would wait for: the
      // shell's end gives it to the system. `detached` holds here too, though Node's documents have it for spawn alone.
      spawnSync(SHELL, ["-c", '"$0" "$@" &', executable, ...args], options);
      return;
    }
    const child = spawn(executable, args, options);
    child.on("error", () => undefined);
    child.unref();
  } catch {
    // Node throws for some failures, and tells of others by that event.
  }
}
