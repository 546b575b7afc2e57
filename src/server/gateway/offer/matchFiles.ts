import { matchPlatforms } from "../../../oci/platform.ts";
import { type Download, formatPlatformPath } from "../../../release/download.ts";
import type { FileRoute } from "../route.ts";

export type FileMatch =
  | { readonly kind: "one"; readonly download: Download }
  /** Files of one platform, each under a name of its own. */
  | { readonly kind: "several"; readonly downloads: readonly Download[] }
  | { readonly kind: "none" };

/** Finds what an address names among the files of one release. */
export function matchFiles(
  downloads: readonly Download[],
  { platform, fileName }: Pick<FileRoute, "platform" | "fileName">,
): FileMatch {
  const fitting = ofPlatform(downloads, platform);
  const found = fileName === undefined ? fitting : fitting.filter((download) => download.fileName === fileName);
  const [first] = found;
  if (first === undefined) return { kind: "none" };
  // Of two with one name (for two versions of a system) only the first has an address.
  const names = new Set(found.map((download) => download.fileName));
  return names.size === 1 ? { kind: "one", download: first } : { kind: "several", downloads: found };
}

function ofPlatform(downloads: readonly Download[], platform: FileRoute["platform"]): readonly Download[] {
  if (platform === undefined) return downloads.filter((download) => download.platform === undefined);
  const path = formatPlatformPath(platform);
  const own = ofPath(downloads, path);
  if (own.length > 0) return own;
  // `linux-arm64` is `linux-arm64-v8` to whoever has published it so.
  const platforms = downloads.flatMap((download) =>
    download.platform === undefined ? [] : [{ platform: download.platform }],
  );
  const match = matchPlatforms(platforms, platform);
  return match.kind === "one" ? ofPath(downloads, formatPlatformPath(match.candidate.platform)) : [];
}

function ofPath(downloads: readonly Download[], path: string): readonly Download[] {
  return downloads.filter(
    (download) => download.platform !== undefined && formatPlatformPath(download.platform) === path,
  );
}
