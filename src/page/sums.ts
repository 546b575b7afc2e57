import { algorithmOf, encodedOf } from "../oci/digest.ts";
import type { Download } from "../release/download.ts";

/** `SHA256SUMS`, as `sha256sum -c` reads it beside the files; those of other digests are left out. */
export function formatSums(downloads: readonly Download[]): string {
  const lines = downloads
    .filter(({ digest }) => algorithmOf(digest) === "sha256")
    .map(({ digest, fileName }) => lineOf(encodedOf(digest), fileName));
  return [...new Set(lines)].join("");
}

/** GNU coreutils, "md5sum invocation": a backslash at the beginning says that the name has escapes. */
function lineOf(sum: string, name: string): string {
  const escaped = name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `${escaped === name ? "" : "\\"}${sum}  ${escaped}\n`;
}
