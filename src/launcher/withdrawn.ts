import { readFileSync } from "node:fs";
import type { Settings } from "../config/settings.ts";
import type { StorePaths } from "../store/paths.ts";
import { tagOfChannel } from "../trust/channelTag.ts";

// This file is on the launch path: of the record it reads what a start asks for, and no more.

interface WrittenRecord {
  readonly channels?: Readonly<Record<string, { readonly yanked?: unknown } | null>> | null;
}

/** Whether the last document of the channel that this computer has seen takes a version back. */
export function isWithdrawn(
  { paths, settings }: { readonly paths: StorePaths; readonly settings: Pick<Settings, "channel"> },
  version: string,
): boolean {
  try {
    const record = JSON.parse(readFileSync(paths.trust, "utf8")) as WrittenRecord | null;
    const yanked = record?.channels?.[tagOfChannel(settings.channel)]?.yanked;
    return Array.isArray(yanked) && yanked.some((one: { version?: unknown } | null) => one?.version === version);
  } catch {
    return false;
  }
}
