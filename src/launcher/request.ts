import { AppError } from "../errors.ts";
import { parseVersionRequest, type VersionRequest } from "../release/versionRequest.ts";
import type { LaunchContext } from "./context.ts";

/** The version request that holds; a person's unreadable pin is a warning, and the publisher's holds. */
export function selectRequest(
  { installer, settings }: LaunchContext,
  warn: (text: string) => void,
): { request: VersionRequest; requestText: string } {
  try {
    return { request: parseVersionRequest(settings.version), requestText: settings.version };
  } catch (error) {
    if (!(error instanceof AppError) || settings.version === installer.version) throw error;
    warn(`${settings.versionSource}: version: ${error.message}\n`);
    return { request: parseVersionRequest(installer.version), requestText: installer.version };
  }
}
