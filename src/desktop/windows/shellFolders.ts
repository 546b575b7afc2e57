import { join } from "node:path";
import type { Registry } from "./registry.ts";

const SHELL_FOLDERS = String.raw`HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders`;

export interface ShellFolders {
  /** The Start menu's programs. */
  readonly programs: string;
  readonly desktop: string;
}

/** Where this person's folders are: a company or OneDrive may have moved them. */
export async function findShellFolders(registry: Registry, env: NodeJS.ProcessEnv): Promise<ShellFolders> {
  const values = await registry.read(SHELL_FOLDERS);
  const find = (name: string): string | undefined => {
    const value = values.get(name);
    if (value === undefined || value.kind === "number" || value.text === "") return undefined;
    return expand(value.text, env);
  };
  return {
    programs: find("Programs") ?? join(env["APPDATA"] ?? "", "Microsoft", "Windows", "Start Menu", "Programs"),
    desktop: find("Desktop") ?? join(env["USERPROFILE"] ?? "", "Desktop"),
  };
}

function expand(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/%([^%]+)%/g, (whole, name: string) => {
    const found = Object.keys(env).find((key) => key.toLowerCase() === name.toLowerCase());
    return found === undefined ? whole : (env[found] ?? whole);
  });
}
