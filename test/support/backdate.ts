import { existsSync, lutimesSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";

/** Makes what is installed a few seconds old: a fast command goes by times, which some file systems tell by seconds. */
export function backdate(data: string): void {
  const past = (seconds: number): Date => new Date(Date.now() - seconds * 1000);
  for (const path of [...filesIn(join(data, "versions")), join(data, "launcher", "app")])
    if (existsSync(path)) lutimesSync(path, past(9), past(9));
  for (const path of [join(data, "active.json"), join(data, "launcher", "settled.json")])
    if (existsSync(path)) utimesSync(path, past(2), past(2));
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
}
