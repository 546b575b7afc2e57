import { execFile } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { sep } from "node:path";

/**
 * Text in which the path of every program that runs on this computer occurs, with its arguments: what the system shows
 * of processes. Windows is not asked: it does not let go of the folder of a program that runs.
 *
 * @returns undefined when the system does not tell.
 */
export async function listProcesses(platform: string): Promise<string | undefined> {
  switch (platform) {
    case "win32":
      return "";
    case "linux":
      return listProc();
    default:
      return await new Promise((resolve) => {
        execFile("/bin/ps", ["-axww", "-o", "args="], { encoding: "utf8", maxBuffer: 2 ** 24 }, (error, stdout) =>
          resolve(error === null ? stdout : undefined),
        );
      });
  }
}

/** Whether one of the processes is a program of this folder, or was told of a file in it. */
export function isUsed(directory: string, processes: string): boolean {
  return processes.includes(`${directory}${sep}`);
}

function listProc(): string | undefined {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    // Not mounted, as in some containers.
    return undefined;
  }
  // An interpreter tells by its arguments what it runs.
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(
      (id) =>
        `${tryRead(() => readlinkSync(`/proc/${id}/exe`))}\n${tryRead(() => readFileSync(`/proc/${id}/cmdline`, "utf8"))}`,
    )
    .join("\n");
}

/** Empty for a process that is gone by now, or another person's. */
function tryRead(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
