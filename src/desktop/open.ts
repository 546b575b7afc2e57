import type { Desktop, DesktopFacts } from "./desktop.ts";
import { openLinuxDesktop } from "./linux/linux.ts";
import { openMacDesktop } from "./macos/macos.ts";
import { openWindowsDesktop } from "./windows/windows.ts";

/** @param platform Node's name of the system; others than Windows and Mac have desktops like Linux's. */
export function openDesktop(platform: NodeJS.Platform, facts: DesktopFacts): Desktop {
  switch (platform) {
    case "win32":
      return openWindowsDesktop(facts);
    case "darwin":
      return openMacDesktop(facts);
    default:
      return openLinuxDesktop(facts);
  }
}
