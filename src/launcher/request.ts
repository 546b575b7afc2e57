import type { Settings } from "../config/settings.ts";
import { AppError } from "../errors.ts";
import { parseVersionRequest, type VersionRequest } from "../release/versionRequest.ts";
import type { LaunchContext } from "./context.ts";

/** Which version is wanted, and who wants it. */
export interface Wish {
  readonly request: VersionRequest;
  /** With the version that holds, and where it was set. */
  readonly settings: Settings;
  /** A person's pin that is no version, and so does not hold: where it is and what is wrong with it. */
  readonly unreadable: string | undefined;
}

/** A person's unreadable pin does not hold: the publisher's does. */
export function readWish({ installer, settings }: Pick<LaunchContext, "installer" | "settings">): Wish {
  try {
    return { request: parseVersionRequest(settings.version), settings, unreadable: undefined };
  } catch (error) {
    if (!(error instanceof AppError) || settings.version === installer.version) throw error;
    return {
      request: parseVersionRequest(installer.version),
      settings: { ...settings, version: installer.version, versionSource: "installer.json" },
      unreadable: `${settings.versionSource}: version: ${error.message}`,
    };
  }
}

/** The version request that holds; a person's unreadable pin is a warning. */
export function selectRequest(
  context: LaunchContext,
  warn: (text: string) => void,
): { request: VersionRequest; requestText: string } {
  const { request, settings, unreadable } = readWish(context);
  if (unreadable !== undefined) warn(`${unreadable}\n`);
  return { request, requestText: settings.version };
}
