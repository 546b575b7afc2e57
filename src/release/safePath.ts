import { AppError } from "../errors.ts";

/** Systems whose file names do not tell upper from lower case, as far as their usual file systems go. */
export function ignoresCase(platform: NodeJS.Platform): boolean {
  return platform === "win32" || platform === "darwin";
}

// Longest honest path below a release's root; Windows' own limit is 260 for programs that do not ask for more.
const MAX_PATH = 1024;
const RESERVED_ON_WINDOWS = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;
const FORBIDDEN_ON_WINDOWS = /[<>:"|?*\p{Cc}]/u;

/**
 * Takes a path from an archive or a title annotation apart, or refuses it: nothing may leave the release's folder
 * (GHSA-8xwf-rjm4-xvhv), and nothing may mean another thing on the person's system than it says.
 *
 * @returns its parts, none of which is "." or ".."; empty for the root itself.
 * @throws AppError `bad-data` that names the path.
 */
export function splitSafePath(path: string, platform: NodeJS.Platform): string[] {
  if (path.includes("\0")) throw unsafe(path, "it holds a NUL character");
  if (path.length > MAX_PATH) throw unsafe(path, `it is longer than ${MAX_PATH} characters`);
  if (path.startsWith("/")) throw unsafe(path, "it is absolute");
  if (/^[A-Za-z]:/.test(path)) throw unsafe(path, "it begins with a drive letter");
  if (path.includes("\\")) throw unsafe(path, "it holds a backslash");
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  for (const part of parts) {
    if (part === "..") throw unsafe(path, 'it holds ".."');
    if (platform === "win32") checkWindowsName(path, part);
  }
  return parts;
}

/** The key under which two names are one file on the platform. */
export function pathKey(parts: readonly string[], platform: NodeJS.Platform): string {
  const path = parts.join("/");
  // macOS also takes composed and decomposed letters for the same.
  return ignoresCase(platform) ? path.normalize("NFC").toLowerCase() : path;
}

export function unsafe(path: string, reason: string): AppError {
  return new AppError("bad-data", `unsafe path in the release: ${JSON.stringify(path.slice(0, 200))}: ${reason}`, {
    hint: "Nothing of it was used. Tell the publisher.",
  });
}

function checkWindowsName(path: string, part: string): void {
  if (RESERVED_ON_WINDOWS.test(part)) throw unsafe(path, `Windows reserves the name ${JSON.stringify(part)}`);
  if (FORBIDDEN_ON_WINDOWS.test(part)) throw unsafe(path, "it holds a character that Windows does not allow");
  if (/[. ]$/.test(part)) throw unsafe(path, "Windows would drop the dot or space at its end");
}
