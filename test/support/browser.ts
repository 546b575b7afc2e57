import { spawnSync } from "node:child_process";
import { type Browser, chromium } from "playwright-core";

export const BROWSER = "chromium";

/** The system's own Chromium, with a profile that is gone afterwards. */
export async function openBrowser(): Promise<Browser & AsyncDisposable> {
  const executablePath = spawnSync("sh", ["-c", `command -v ${BROWSER}`], { encoding: "utf8" }).stdout.trim();
  // Tests run as root in containers, where Chromium has no sandbox.
  return await chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
