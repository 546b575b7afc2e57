import { accessSync, constants } from "node:fs";
import { join } from "node:path";

// How each of them is told what to run, the usual one first. Debian's alternative takes -e, whatever is behind it.
const TERMINALS: readonly (readonly [name: string, flag: string])[] = [
  ["xdg-terminal-exec", ""],
  ["x-terminal-emulator", "-e"],
  ["gnome-terminal", "--"],
  ["konsole", "-e"],
  ["xfce4-terminal", "-x"],
  ["kitty", ""],
  ["alacritty", "-e"],
  ["xterm", "-e"],
];

/** The command that opens a terminal with the executable in it, from what is installed. */
export function findTerminal(
  executable: string,
  env: NodeJS.ProcessEnv,
): readonly [command: string, ...args: string[]] | undefined {
  const folders = (env["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/"));
  for (const [name, flag] of TERMINALS) {
    const path = folders.map((folder) => join(folder, name)).find(isExecutable);
    if (path !== undefined) return [path, ...(flag === "" ? [] : [flag]), executable];
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
