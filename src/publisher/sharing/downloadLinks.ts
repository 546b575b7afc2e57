import { AppError } from "../../errors.ts";
import { encodedOf } from "../../oci/digest.ts";
import { type Download, formatPlatformPath } from "../../release/download.ts";
import { splitSafePath, unsafe } from "../../release/safePath.ts";

const PLACEHOLDER = /\{(file|platform|tag)\}/g;

/** Where files lie that are not beside the page. @throws AppError `usage`. */
export function parseLinkTemplate(text: string): (download: Download) => string {
  const problem = templateProblem(text);
  if (problem !== undefined)
    throw new AppError("usage", `--link ${problem}: ${JSON.stringify(text)}`, {
      hint: "For example: --link 'https://github.com/example/app/releases/download/v1.2.0/{file}'",
    });
  return (download) => text.replace(PLACEHOLDER, (_whole, name: string) => encodeURIComponent(valueOf(name, download)));
}

function templateProblem(text: string): string | undefined {
  const example = text.replace(PLACEHOLDER, "x");
  if (!/^https?:\/\//i.test(text) || !URL.canParse(example)) return "wants an address that begins with https://";
  if (example === text) return "names the same address for all files; write {file}, or {tag} and {platform}";
  const unknown = /\{[^}]*\}/.exec(example);
  return unknown === null ? undefined : `has no placeholder ${unknown[0]}, only {file}, {platform} and {tag}`;
}

function valueOf(placeholder: string, { fileName, platform, tag }: Download): string {
  if (placeholder === "file") return fileName;
  if (placeholder === "tag") return tag;
  return platform === undefined ? "any" : formatPlatformPath(platform);
}

/**
 * The path of each file beside the page: `files/TAG/NAME`, and with its digest between where two of a tag have one name.
 *
 * @throws AppError `bad-data` for a name that is no file's.
 */
export function placeDownloads(downloads: readonly Download[]): ReadonlyMap<Download, string> {
  const holders = new Map<string, Set<string>>();
  // Hosts and systems that take capital and small letters for the same are many.
  const keyOf = ({ tag, fileName }: Download): string => `${tag}/${fileName}`.normalize("NFC").toLowerCase();
  for (const download of downloads) {
    const key = keyOf(download);
    holders.set(key, (holders.get(key) ?? new Set()).add(download.digest));
  }
  return new Map(
    downloads.map((download) => {
      const { tag, fileName, digest } = download;
      const alone = holders.get(keyOf(download))?.size === 1;
      const parts = alone ? [tag, fileName] : [tag, encodedOf(digest).slice(0, 12), fileName];
      return [download, ["files", ...parts.map(oneSegment)].join("/")];
    }),
  );
}

function oneSegment(name: string): string {
  const parts = splitSafePath(name, "linux");
  if (parts.length !== 1 || parts[0] !== name) throw unsafe(name, "it is no name of a file");
  return name;
}

/** A relative path as an address. */
export function addressOf(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
