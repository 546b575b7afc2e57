import { AppError } from "../errors.ts";

/** Systems whose file names do not tell upper from lower case, as far as their usual file systems go. */
export function ignoresCase(platform: NodeJS.Platform): boolean {
  return platform === "win32" || platform === "darwin";
}

// Longest honest path below a release's root; Windows' own limit is 260 for programs that do not ask for more.
const MAX_PATH = 1024;
// NAME_MAX of Linux and macOS, in bytes; NTFS has 255 UTF-16 units, which are never more.
const MAX_NAME_BYTES = 255;
// With a space or an extension after it the name still means the device.
const RESERVED_ON_WINDOWS = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)/i;
const FORBIDDEN_ON_WINDOWS = /[<>:"|?*\p{Cc}]/u;

/**
 * Takes a path from an archive or a title annotation apart, or refuses it: nothing may leave the release's folder
 * (GHSA-8xwf-rjm4-xvhv), and nothing may mean another thing on the person's system than it says.
 *
 * @returns its parts, none of which is "." or ".."; empty for the root itself.
 * @throws AppError `bad-data` that names the path.
 */
export function splitSafePath(path: string, platform: NodeJS.Platform): string[] {
  const problem = shapeProblem(path);
  if (problem !== undefined) throw unsafe(path, `it ${problem}`);
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  for (const part of parts) {
    if (part === "..") throw unsafe(path, 'it holds ".."');
    checkName(path, part, platform);
  }
  return parts;
}

/**
 * Refuses a symbolic link that points out of the release. A target goes up first and then down: up again after a name
 * would be up from wherever that name leads, if it is a link too.
 *
 * @param parent the parts of the folder that holds the link.
 * @throws AppError `bad-data` that names the link.
 */
export function checkLinkTarget(
  path: string,
  target: string,
  { parent, platform }: { readonly parent: readonly string[]; readonly platform: NodeJS.Platform },
): void {
  const link = `it is a link to ${JSON.stringify(target.slice(0, 200))}, which`;
  const problem = target === "" ? "is empty" : shapeProblem(target);
  if (problem !== undefined) throw unsafe(path, `${link} ${problem}`);
  const steps = target.split("/").filter((step) => step !== "" && step !== ".");
  const down = steps.findIndex((step) => step !== "..");
  const up = down === -1 ? steps.length : down;
  if (up > parent.length) throw unsafe(path, `${link} leads out of the release`);
  for (const step of steps.slice(up)) {
    if (step === "..") throw unsafe(path, `${link} goes up again after it went down`);
    checkName(path, step, platform);
  }
}

/** The key under which two names in a folder are one on the platform. */
export function nameKey(name: string, platform: NodeJS.Platform): string {
  // macOS also takes composed and decomposed letters for the same.
  return ignoresCase(platform) ? name.normalize("NFC").toLowerCase() : name;
}

export function unsafe(path: string, reason: string): AppError {
  return new AppError("bad-data", `unsafe path in the release: ${JSON.stringify(path.slice(0, 200))}: ${reason}`, {
    hint: "Nothing of it was used. Tell the publisher.",
  });
}

function shapeProblem(path: string): string | undefined {
  if (path.includes("\0")) return "holds a NUL character";
  if (path.length > MAX_PATH) return `is longer than ${MAX_PATH} characters`;
  if (path.startsWith("/")) return "is absolute";
  if (/^[A-Za-z]:/.test(path)) return "begins with a drive letter";
  if (path.includes("\\")) return "holds a backslash";
  return undefined;
}

function checkName(path: string, name: string, platform: NodeJS.Platform): void {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw unsafe(path, `it holds a name of more than ${MAX_NAME_BYTES} bytes`);
  if (platform !== "win32") return;
  if (RESERVED_ON_WINDOWS.test(name)) throw unsafe(path, `Windows reserves the name ${JSON.stringify(name)}`);
  if (FORBIDDEN_ON_WINDOWS.test(name)) throw unsafe(path, "it holds a character that Windows does not allow");
  if (/[. ]$/.test(name)) throw unsafe(path, "Windows would drop the dot or space at its end");
}
