import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { fileNameOf } from "../config/names.ts";
import type { Desktop, RunCommand } from "../desktop/desktop.ts";
import { openDesktop } from "../desktop/open.ts";
import { readSettled } from "../store/settled.ts";
import type { LaunchContext } from "./context.ts";
import { startGuard } from "./guard.ts";

// A virus scanner that looks at a program for the first time takes its time; nothing of this is worth more.
const COMMAND_TIMEOUT_MS = 30_000;

/** The desktop of the person who started this. */
export function openOwnDesktop({ installer, paths, executable, env }: LaunchContext): Desktop {
  return openDesktop(process.platform, {
    id: installer.id,
    name: installer.name,
    fileName: fileNameOf(installer.name),
    command: installer.desktop.command,
    directory: paths.launcher,
    entry: paths.entry,
    settled: readSettled(paths)?.home,
    executable,
    userHome: homedir(),
    env,
    run: runCommand,
    startGuard: async () => await startGuard(executable),
  });
}

const runCommand: RunCommand = async (command, args) =>
  await new Promise((resolve) => {
    execFile(
      command,
      [...args],
      { windowsHide: true, timeout: COMMAND_TIMEOUT_MS, encoding: "utf8" },
      (error, stdout) => {
        const code = error === null ? 0 : error.code;
        resolve({ exitCode: typeof code === "number" ? code : undefined, stdout });
      },
    );
  });
