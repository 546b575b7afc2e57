import { execFile } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { sep } from "node:path";

/**
 * Text in which the path of every program that runs on this computer occurs, with its arguments: what the system shows
 * of processes. Windows is not asked: it does not let go of the folder of a program that runs.
 */
export async function listProcesses(platform: string): Promise<string> {
  switch (platform) {
    case "win32":
      return "";
    case "linux":
      return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(readProcess)
        .join("\n");
    default:
      return await new Promise((resolve) => {
        execFile("/bin/ps", ["-axww", "-o", "args="], { encoding: "utf8", maxBuffer: 2 ** 24 }, (_, stdout) =>
          resolve(stdout),
        );
      });
  }
}

/** Whether one of the processes is a program of this folder, or was told of a file in it. */
export function isUsed(directory: string, processes: string): boolean {
  return processes.includes(`${directory}${sep}`);
}

function readProcess(id: string): string {
  let text = "";
  // Each may be gone by now, or another person's.
  try {
    text = readlinkSync(`/proc/${id}/exe`);
  } catch {}
  try {
    // What an interpreter runs is among its arguments.
    text += `\n${readFileSync(`/proc/${id}/cmdline`, "utf8")}`;
  } catch {}
  return text;
}
